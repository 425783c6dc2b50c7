package dev.hardwire.cli;

import dev.hardwire.bytes.ByteParts;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.plan.PatchPlan;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hardwire patch}. */
@Command(
    name = "patch",
    description = "Embed a policy into executables, with the code that installs it.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class PatchCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private PolicyOptions policyOptions;
  @Mixin private OutputOptions output;
  @Mixin private SigningOptions signing;
  @Mixin private PatchOptions options;

  @Option(names = "--dry-run", description = "Print the plan with its reasons and write nothing.")
  private boolean dryRun;

  @Option(
      names = "--jobs",
      paramLabel = "N",
      description = "Files to work on at the same time (default: the number of processors).")
  private int jobs = Runtime.getRuntime().availableProcessors();

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "ELF executables.")
  private List<Path> files;

  @Override
  public Integer call() throws IOException {
    options.check();
    PolicySource policy = new PolicySource(policyOptions.read());
    if (!dryRun) {
      output.check(files);
    }
    if (!signing.isGiven() && signing.isAnyGiven()) {
      throw new UsageException("to sign, name the key (--sign-key)");
    }
    Optional<FileSigner> signer =
        signing.isGiven() && !dryRun ? Optional.of(new FileSigner(signing)) : Optional.empty();
    FilePatcher patcher = new FilePatcher(options, policy, spec.commandLine().getErr());
    return new FileRunner(spec, jobs).run(files, (file, out) -> patch(file, patcher, signer, out));
  }

  private void patch(Path file, FilePatcher patcher, Optional<FileSigner> signer, PrintWriter out)
      throws IOException, VerificationFailure {
    FilePatcher.Planned planned = patcher.plan(file, InputFile.read(file));
    PatchPlan plan = planned.plan();
    if (dryRun) {
      PlanText.print(file, plan, out);
      return;
    }
    Bytes patched = planned.apply();
    ByteParts result =
        signer.isPresent()
            ? signer.get().embed(ElfFile.parse(patched)).file()
            : ByteParts.of(patched);
    Path target = output.write(file, result, spec.commandLine().getErr());
    out.println(
        "%s: %s, %d bytes larger%s"
            .formatted(
                target,
                plan.hook()
                    .map(h -> "hook " + h)
                    .orElseGet(() -> "needs " + options.library().orElseThrow()),
                result.size() - plan.originalSize(),
                signer.map(one -> ", signed by " + one.identity().subject()).orElse("")));
  }
}

package dev.hardwire.cli;

import dev.hardwire.bytes.ByteParts;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.Machine;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.image.LayoutCheck;
import dev.hardwire.image.OriginalImage;
import dev.hardwire.image.PatchedImage;
import dev.hardwire.image.SignedImage;
import dev.hardwire.plan.Addition;
import dev.hardwire.plan.Edit;
import dev.hardwire.plan.PatchPlan;
import dev.hardwire.plan.PatchPlanner;
import dev.hardwire.plan.PatchRequest;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.format.YamlPolicyWriter;
import dev.hardwire.seccomp.resolve.ResolvedPolicy;
import dev.hardwire.stub.SetupCompiler;
import dev.hardwire.stub.SetupProgram;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
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
  /** What the policy becomes on a machine: the same for every file. */
  private record Setup(SetupProgram program, String policyText) {
    static Setup of(Machine machine, Policy policy) {
      Policy pinned = ResolvedPolicy.pinned(policy, SetupCompiler.architecture(machine));
      return new Setup(SetupCompiler.compile(machine, pinned), YamlPolicyWriter.write(pinned));
    }
  }

  private final Map<Machine, Setup> setups = new ConcurrentHashMap<>();

  @Spec private CommandSpec spec;
  @Mixin private PolicyOptions policyOptions;
  @Mixin private OutputOptions output;
  @Mixin private SigningOptions signing;

  @Option(
      names = "--hook",
      paramLabel = "HOOK",
      defaultValue = "auto",
      converter = HookChoice.Converter.class,
      completionCandidates = HookChoice.Candidates.class,
      description = "Where the stub runs: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private HookChoice hook;

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      defaultValue = "stub",
      description = {
        "What installs the policy: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).",
        "stub: code in the file. needed: a shared library that hardwire library has written.",
      })
  private ModeChoice mode;

  @Option(
      names = "--library",
      paramLabel = "LIBRARY",
      description = "With --mode needed: the library's absolute path, or its soname.")
  private String library;

  @Option(
      names = "--replace",
      description = "Exchange the policy of a file that is hard-wired already.")
  private boolean replace;

  @Option(
      names = "--stack",
      description = "Add a policy to a file that is hard-wired already; both will apply.")
  private boolean stack;

  @Option(names = "--shared-library", description = "Patch shared libraries too.")
  private boolean sharedLibrary;

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
    if (replace && stack) {
      throw new UsageException("--replace and --stack exclude each other");
    }
    checkMode();
    Policy policy = policyOptions.read();
    if (!dryRun) {
      output.check(files);
    }
    if (!signing.isGiven() && signing.isAnyGiven()) {
      throw new UsageException("to sign, name the key (--sign-key)");
    }
    Optional<FileSigner> signer =
        signing.isGiven() && !dryRun ? Optional.of(new FileSigner(signing)) : Optional.empty();
    return new FileRunner(spec, jobs).run(files, (file, out) -> patch(file, policy, signer, out));
  }

  private void checkMode() {
    boolean needed = mode == ModeChoice.NEEDED;
    if (needed != (library != null)) {
      throw new UsageException("--mode needed and --library LIBRARY belong together");
    }
    if (needed && hook.hook().isPresent()) {
      throw new UsageException("--hook is for --mode stub: the dynamic linker calls a library");
    }
    boolean soname = needed && !library.isEmpty() && !library.contains("/");
    if (needed && !soname && !library.startsWith("/")) {
      throw new UsageException(
          "--library takes an absolute path or a soname: the dynamic linker would look for \""
              + library
              + "\" in the folder where the program is started");
    }
  }

  private void patch(Path file, Policy policy, Optional<FileSigner> signer, PrintWriter out)
      throws IOException, VerificationFailure {
    ElfFile elf = ElfFile.parse(InputFile.read(file));
    if ((replace || stack) && SignedImage.isSigned(elf)) {
      spec.commandLine()
          .getErr()
          .println("hardwire: %s: warning: its signatures are removed".formatted(file));
      elf = SignedImage.unsigned(elf); // they cannot outlive the change
    }
    if (replace) {
      Optional<HardwireNotes> notes = HardwireNotes.last(elf);
      if (notes.isPresent()) {
        elf = ElfFile.parse(OriginalImage.of(elf.bytes(), notes.get().record()));
      }
    }
    Setup setup = setups.computeIfAbsent(elf.machine(), machine -> Setup.of(machine, policy));
    PatchRequest request =
        new PatchRequest(
            setup.program(),
            setup.policyText(),
            hook.hook(),
            Optional.ofNullable(library),
            sharedLibrary,
            stack);
    PatchPlan plan = PatchPlanner.plan(elf, request);
    if (dryRun) {
      print(file, plan, out);
      return;
    }
    Bytes patched = PatchedImage.of(elf.bytes(), plan);
    LayoutCheck.check(elf, patched);
    ByteParts result =
        signer.isPresent()
            ? signer.get().embed(ElfFile.parse(patched)).file()
            : ByteParts.of(patched);
    Path target = output.write(file, result, spec.commandLine().getErr());
    out.println(
        "%s: %s, %d bytes larger%s"
            .formatted(
                target,
                plan.hook().map(h -> "hook " + h).orElse("needs " + library),
                result.size() - plan.originalSize(),
                signer.map(one -> ", signed by " + one.identity().subject()).orElse("")));
  }

  private static void print(Path file, PatchPlan plan, PrintWriter out) {
    out.println(file + ":");
    plan.decisions().forEach(decision -> out.println("  " + decision));
    for (Edit edit : plan.edits()) {
      out.println(
          "  0x%06x %5d bytes change: %s"
              .formatted(edit.offset(), edit.expected().size(), edit.reason()));
      if (edit.expected().size() <= Long.BYTES) {
        out.println(
            "           %s -> %s".formatted(edit.expected().hex(), edit.replacement().hex()));
      }
    }
    for (Addition addition : plan.additions()) {
      out.println(
          "  0x%06x %5d bytes added: %s"
              .formatted(addition.offset(), addition.bytes().size(), addition.reason()));
    }
    out.println("  size %d -> %d bytes".formatted(plan.originalSize(), plan.patchedSize()));
  }
}

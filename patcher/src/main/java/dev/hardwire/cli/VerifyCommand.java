package dev.hardwire.cli;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.policy.Policy;
import dev.hardwire.verify.Check;
import dev.hardwire.verify.Expectations;
import dev.hardwire.verify.Report;
import dev.hardwire.verify.Verifier;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
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

/** {@code hardwire verify}. */
@Command(
    name = "verify",
    description = "Prove from the bytes of hard-wired files what they will do when they start.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class VerifyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = {"--policy", "--require-policy"},
      paramLabel = "FILE",
      description = "Require that this policy is the one enforced.")
  private Path policy;

  @Option(
      names = "--require-policy-at-least",
      paramLabel = "FILE",
      description = "Require that nothing is allowed that this policy does not allow.")
  private Path limit;

  @Option(
      names = "--original",
      paramLabel = "FILE",
      description =
          "Require that this file was patched and that nothing else was changed; one FILE only.")
  private Path original;

  @Mixin private SignatureOptions signatures;

  @Option(
      names = "--summary",
      description = "Print one line for each FILE. This is so for directories.")
  private boolean summary;

  @Option(names = "--json", description = "Print a JSON array, an object for each FILE.")
  private boolean json;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description =
          "Hard-wired executables, or directories: every executable in them has to be hard-wired,"
              + " or at least listed with --allow-unsigned.")
  private List<Path> arguments;

  @Override
  public Integer call() throws IOException {
    boolean trees = arguments.stream().anyMatch(Files::isDirectory);
    List<Path> files = trees ? ExecutableTree.files(arguments) : arguments;
    if (original != null && (trees || files.size() != 1)) {
      throw new UsageException("--original takes one FILE");
    }
    Expectations expectations =
        new Expectations(
            readPolicy(policy),
            readPolicy(limit),
            original == null ? Optional.<Bytes>empty() : Optional.of(InputFile.read(original)),
            signatures.read(trees ? 0 : files.size()));
    if (files.isEmpty()) {
      throw new UsageException("there is no executable in the directories");
    }
    JsonList list = new JsonList(spec.commandLine().getOut(), json);
    SummaryTable table = new SummaryTable(signatures.allowsUnsigned() && trees);
    boolean details = !json && !trees && !summary;
    int code =
        new FileRunner(spec, 1)
            .run(
                files,
                (file, out) -> verify(file, expectations, list, table, details ? out : null));
    list.close();
    if (!json && (trees || summary || files.size() > 1)) {
      table.print(spec.commandLine().getOut());
    }
    return code;
  }

  private void verify(
      Path file, Expectations expectations, JsonList list, SummaryTable table, PrintWriter details)
      throws VerificationFailure, IOException {
    Report report;
    try {
      report = Verifier.verify(InputFile.read(file), expectations);
    } catch (IOException e) {
      table.unreadable(file);
      throw e;
    }
    boolean passed = table.add(file, report);
    if (json) {
      list.add(writer -> ReportJson.write(writer, file, report));
    } else if (details != null) {
      print(details, file, report);
    }
    if (!passed) {
      throw new VerificationFailure(report);
    }
  }

  private static Optional<Policy> readPolicy(Path file) throws IOException {
    return file == null ? Optional.empty() : Optional.of(InputFile.readPolicy(file));
  }

  private static void print(PrintWriter out, Path file, Report report) {
    out.println(file + ":");
    for (Check check : report.checks()) {
      out.println(
          "  %-4s %s: %s".formatted(check.passed() ? "ok" : "FAIL", check.name(), check.detail()));
    }
    out.println(report.passed() ? "  verified" : "  NOT VERIFIED");
  }
}

package dev.hardwire.cli.policy;

import dev.hardwire.arch.Target;
import dev.hardwire.cli.options.LayerOption;
import dev.hardwire.cli.options.TextOutput;
import dev.hardwire.cli.report.BaseCommand;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.filter.prove.explain.FilterImport;
import dev.hardwire.filter.prove.symbolic.UnprovableException;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.text.YamlPolicyWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hardwire policy import}. */
@Command(
    name = "import",
    description = {
      "Write the policy that decides every call as a compiled filter of any origin does.",
      "The result is proven equivalent; what no policy can say is an error.",
    },
    footer = "  hardwire policy import -o policy.yaml filter.bpf",
    mixinStandardHelpOptions = true)
public final class PolicyImportCommand extends BaseCommand {
  @Mixin private LayerOption layer;

  @Option(
      names = "--arch",
      paramLabel = "ARCH",
      description =
          "Architecture: ${COMPLETION-CANDIDATES} (default: the only one that the filter tests for,"
              + " or x86_64).")
  private Optional<Target> architecture = Optional.empty();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      description = "Write to this file; - for standard output (the default).")
  private TextOutput output = TextOutput.STANDARD;

  @Parameters(
      index = "0",
      paramLabel = "FILE",
      description = "An array of struct sock_filter, or a hard-wired file.")
  private Path file;

  @Override
  public Integer call() throws IOException {
    FilterSource source = FilterSource.read(file, architecture, layer.number());
    FilterImport.Result result;
    try {
      result = FilterImport.of(source.filters(), source.architecture(), file.toString());
    } catch (UnprovableException e) {
      throw new PolicyException(
          new Position(file.toString(), 0, 0), "the filter cannot be imported: " + e.getMessage());
    }
    result
        .differences()
        .forEach(line -> err().println("warning: " + TerminalText.of(file) + ": " + line));
    String text = YamlPolicyWriter.write(result.policy());
    output.write(text, out());
    return ExitCode.OK.code();
  }
}

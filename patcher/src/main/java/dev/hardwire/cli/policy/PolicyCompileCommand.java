package dev.hardwire.cli.policy;

import dev.hardwire.calls.CallGroups;
import dev.hardwire.cli.options.TextOutput;
import dev.hardwire.cli.report.BaseCommand;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.filter.compile.FilterShape;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.input.InputFile;
import dev.hardwire.output.AtomicFile;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.CallWeights;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code hardwire policy compile}. */
@Command(
    name = "compile",
    description =
        "Compile a policy to a filter: as text, as C or assembler source, as JSON, or" + " raw.",
    footer = "  hardwire policy compile --format c -o filter.c policy.yaml",
    mixinStandardHelpOptions = true)
public final class PolicyCompileCommand extends BaseCommand {
  @Mixin private PolicyFilesInput input;

  @Option(
      names = "--weights",
      paramLabel = "FILE",
      description =
          "How often the program makes calls: the output of \"strace -c\" or \"perf trace -s\", or"
              + " lines CALL: NUMBER, minijail's frequency files. Frequent calls get short paths.")
  private Path weights;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      description = "Write the filter to this file; - for standard output (the default).")
  private TextOutput output = TextOutput.STANDARD;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description =
          "Output format: ${COMPLETION-CANDIDATES}; raw is an array of struct sock_filter"
              + " and requires a file, asm is for the kernel's bpf_asm (default: raw in a file, else"
              + " text).")
  private FilterFormat format;

  @Option(
      names = "--stats",
      description = "Print only the filter's cost: instructions, longest and mean path.")
  private boolean stats;

  @Override
  public Integer call() throws IOException {
    if (format == FilterFormat.RAW && output.isStandard()) {
      throw new UsageException("--format raw requires -o OUT: it is not text");
    }
    Policy policy = input.read(err());
    if (weights != null) {
      InputFile.require(weights);
      CallWeights.Names names = new CallWeights.Names(CallGroups::isKnownSomewhere);
      policy = policy.weighedBy(CallWeights.read(weights, names));
      names.warnings().forEach(warning -> err().println("warning: " + TerminalText.of(warning)));
    }
    ResolvedPolicy resolved = ResolvedPolicy.of(policy, input.architecture());
    Filter filter = FilterCompiler.compile(resolved);
    if (policy.landlock().isPresent() || policy.limits().isPresent()) {
      warn("landlock and limits");
    }
    if (policy.capabilities().isPresent() || policy.seal()) {
      warn("capabilities and seal");
    }
    if (!policy.phases().isEmpty()) {
      warn("the phases, which have filters of their own");
    }
    if (stats) {
      FilterShape shape = FilterShape.of(filter, resolved);
      out()
          .println(
              String.format(
                  Locale.ROOT,
                  "%d instructions, %d on the longest path, %.2f on the mean path of the listed"
                      + " calls",
                  shape.size(),
                  shape.worst(),
                  shape.mean()));
      if (!policy.weights().isEmpty()) {
        out()
            .println(
                String.format(
                    Locale.ROOT,
                    "%.2f instructions on the mean path by weight",
                    FilterShape.weightedMean(filter, resolved)));
      }
    }
    write(filter, out());
    return ExitCode.OK.code();
  }

  private void warn(String what) {
    err().println("hardwire: warning: a filter does not contain " + what);
  }

  private void write(Filter filter, PrintWriter out) throws IOException {
    if (output.file().isPresent()) {
      FilterFormat chosen = format == null ? FilterFormat.RAW : format;
      AtomicFile.write(output.file().get(), chosen.write(filter, input.architecture()));
    } else if (!stats || format != null) {
      FilterFormat chosen = format == null ? FilterFormat.TEXT : format;
      byte[] text = chosen.write(filter, input.architecture()).toArray();
      out.print(new String(text, StandardCharsets.UTF_8));
    }
  }
}

package dev.hardwire.cli;

import dev.hardwire.image.AtomicFile;
import dev.hardwire.policy.Policy;
import dev.hardwire.seccomp.Disassembler;
import dev.hardwire.seccomp.Filter;
import dev.hardwire.seccomp.compile.FilterCompiler;
import dev.hardwire.seccomp.compile.FilterShape;
import dev.hardwire.seccomp.compile.Objective;
import dev.hardwire.seccomp.resolve.ResolvedPolicy;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hardwire policy compile}. */
@Command(
    name = "compile",
    description = "Compile a policy to a filter, an array of struct sock_filter, or show its text.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class PolicyCompileCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private PolicyInput input;

  @Option(
      names = "--optimize",
      paramLabel = "OBJECTIVE",
      defaultValue = "mix",
      description = "What to make small: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private Objective objective;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      description = "Write the filter to this file (default: print its text).")
  private Path output;

  @Option(
      names = "--stats",
      description = "Print what the filter costs instead: instructions, longest and mean way.")
  private boolean stats;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "A policy; of systemd's units the drop-ins too, in their order.")
  private List<Path> files;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    Policy policy = input.read(files, spec.commandLine().getErr());
    ResolvedPolicy resolved = ResolvedPolicy.of(policy, input.architecture());
    Filter filter = FilterCompiler.compile(resolved, objective);
    if (stats) {
      FilterShape shape = FilterShape.of(filter, resolved);
      out.println(
          String.format(
              Locale.ROOT,
              "%s: %d instructions, %d on the longest way, %.2f on the mean way of the listed calls",
              objective,
              shape.size(),
              shape.worst(),
              shape.mean()));
    }
    if (output == null && !stats) {
      Disassembler.lines(filter, input.architecture()).forEach(out::println);
    } else if (output != null) {
      AtomicFile.write(output, filter.encode(input.architecture().byteOrder()));
    }
    return ExitCode.OK.code();
  }
}

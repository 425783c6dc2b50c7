package dev.hardwire.cli;

import dev.hardwire.policy.Policy;
import dev.hardwire.policy.Position;
import dev.hardwire.seccomp.CallText;
import dev.hardwire.seccomp.Emulator;
import dev.hardwire.seccomp.Filter;
import dev.hardwire.seccomp.SeccompData;
import dev.hardwire.seccomp.compile.FilterCompiler;
import dev.hardwire.seccomp.compile.Objective;
import dev.hardwire.seccomp.resolve.ResolvedPolicy;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hardwire emulate}. */
@Command(
    name = "emulate",
    description =
        "Run calls such as \"socket(AF_INET, 1, 0)\" through a filter, as the kernel does.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class EmulateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private PolicyInput input;

  @Option(names = "--policy", paramLabel = "FILE", description = "A policy.")
  private Path policy;

  @Option(
      names = "--filter",
      paramLabel = "FILE",
      description = "A filter, an array of struct sock_filter.")
  private Path filter;

  @Parameters(arity = "1..*", paramLabel = "CALL", description = "The calls.")
  private List<String> calls;

  @Override
  public Integer call() throws IOException {
    if ((policy == null) == (filter == null)) {
      throw new UsageException("give either --policy FILE or --filter FILE");
    }
    PrintWriter out = spec.commandLine().getOut();
    Filter program = program();
    for (String text : calls) {
      SeccompData call =
          CallText.parse(
              text, input.architecture(), index -> new Position("\"" + text + "\"", 1, index + 1));
      Emulator.Result result = Emulator.run(program, call);
      out.println(
          "%s: %s (%d instructions)"
              .formatted(
                  CallText.write(call, input.architecture()), result.verdict(), result.steps()));
    }
    return ExitCode.OK.code();
  }

  private Filter program() throws IOException {
    if (filter != null) {
      return FilterFile.read(filter, input.architecture());
    }
    Policy read = input.read(policy, spec.commandLine().getErr());
    return FilterCompiler.compile(ResolvedPolicy.of(read, input.architecture()), Objective.MIX);
  }
}

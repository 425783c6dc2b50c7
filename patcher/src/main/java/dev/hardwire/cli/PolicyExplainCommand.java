package dev.hardwire.cli;

import dev.hardwire.policy.NearestName;
import dev.hardwire.policy.Policy;
import dev.hardwire.seccomp.SyscallTable;
import dev.hardwire.seccomp.compile.PolicyExplanation;
import dev.hardwire.seccomp.resolve.ResolvedPolicy;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hardwire policy explain}. */
@Command(
    name = "explain",
    description = "Say what a policy decides for each call, its rules worked out together.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class PolicyExplainCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private PolicyInput input;

  @Parameters(index = "0", paramLabel = "FILE", description = "A policy.")
  private Path file;

  @Parameters(
      index = "1..*",
      paramLabel = "CALL",
      description = "Only these calls (default: all that the policy names).")
  private List<String> calls = List.of();

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    SyscallTable table = SyscallTable.of(input.architecture());
    for (String call : calls) {
      if (table.number(call).isEmpty()) {
        throw new UsageException(
            "unknown system call \"" + call + "\"" + NearestName.hint(call, table.names()));
      }
    }
    Policy policy = input.read(file, spec.commandLine().getErr());
    ResolvedPolicy resolved = ResolvedPolicy.of(policy, input.architecture());
    PolicyExplanation.of(resolved, Set.copyOf(calls)).forEach(out::println);
    return ExitCode.OK.code();
  }
}

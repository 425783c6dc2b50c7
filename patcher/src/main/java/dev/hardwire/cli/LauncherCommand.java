package dev.hardwire.cli;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.Machine;
import dev.hardwire.image.AtomicFile;
import dev.hardwire.library.NativeLauncher;
import dev.hardwire.policy.Policy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code hardwire launcher}. */
@Command(
    name = "launcher",
    description = "Write a small static program that runs other programs under a policy.",
    footer = {
      "",
      "With a policy, the launcher puts every program under that one. Without, it reads",
      "SECCOMP_SYSCALL_ALLOW, SECCOMP_SYSCALL_DENY and SECCOMP_DEFAULT_ACTION.",
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class LauncherCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private PolicyOptions policyOptions;
  @Mixin private ArchitectureOption architecture;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      required = true,
      description = "Write the launcher to this file.")
  private Path output;

  @Override
  public Integer call() throws IOException {
    policyOptions.requireUnread(output);
    Machine machine = architecture.machine();
    Optional<Policy> policy = policyOptions.readIfGiven(machine, spec.commandLine().getErr());
    Bytes launcher = new NativeLauncher(machine, policy).write();
    AtomicFile.writeExecutable(output, launcher);
    spec.commandLine()
        .getOut()
        .println("%s: %d bytes".formatted(Printable.of(output), launcher.size()));
    return ExitCode.OK.code();
  }
}

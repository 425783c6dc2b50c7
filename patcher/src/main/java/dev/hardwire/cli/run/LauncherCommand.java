package dev.hardwire.cli.run;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.image.AtomicFile;
import dev.hardwire.library.NativeLauncher;
import dev.hardwire.policy.Policy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;

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
public final class LauncherCommand extends ConfiningFileCommand {
  @Override
  public Bytes write(Path output, Target machine, Optional<Policy> policy) throws IOException {
    Bytes launcher = new NativeLauncher(machine, policy).write();
    AtomicFile.writeExecutable(output, launcher);
    return launcher;
  }
}

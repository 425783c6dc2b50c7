package dev.hardwire.cli.run;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.output.AtomicFile;
import dev.hardwire.policy.Policy;
import dev.hardwire.stub.library.NativeLauncher;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;

/** {@code hardwire launcher}. */
@Command(
    name = "launcher",
    description = {
      "Write a small static program that runs other programs under a policy.",
      "With a policy option, the policy is built into the launcher and applies to every"
          + " program.",
      "Otherwise the launcher reads the environment variables SECCOMP_SYSCALL_ALLOW,"
          + " SECCOMP_SYSCALL_DENY and SECCOMP_DEFAULT_ACTION.",
    },
    customSynopsis = "hardwire launcher [OPTIONS] -o OUT",
    footer = "  hardwire launcher -o sandboxify",
    mixinStandardHelpOptions = true)
public final class LauncherCommand extends ConfiningFileCommand {
  @Override
  public Bytes write(Path output, Target architecture, Optional<Policy> policy) throws IOException {
    Bytes launcher = new NativeLauncher(architecture, policy).write();
    AtomicFile.writeExecutable(output, launcher);
    return launcher;
  }
}

package dev.hardwire.cli.run;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.output.AtomicFile;
import dev.hardwire.policy.Policy;
import dev.hardwire.stub.library.SandboxLibrary;
import dev.hardwire.stub.library.SandboxLibrary.WithoutPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code hardwire library}. */
@Command(
    name = "library",
    description = {
      "Write a shared library that confines the programs that load it.",
      "With a policy option, the policy is built into the library and applies to every"
          + " program that loads it.",
      "Otherwise the library applies the policy that patch --mode needed wrote into the"
          + " program, and that of the environment variables SECCOMP_SYSCALL_ALLOW,"
          + " SECCOMP_SYSCALL_DENY and SECCOMP_DEFAULT_ACTION.",
    },
    customSynopsis = "hardwire library [OPTIONS] -o OUT",
    footer = "  hardwire library --require-policy -o libsandbox.so",
    mixinStandardHelpOptions = true)
public final class LibraryCommand extends ConfiningFileCommand {
  @Option(
      names = "--soname",
      paramLabel = "NAME",
      description = "The library's DT_SONAME (default: the file name of OUT).")
  private String soname;

  @Option(
      names = "--require-policy",
      description =
          "Never start a program that has no policy of its own. Without this option,"
              + " programs that a confined program starts may run without one, since they inherit"
              + " its filter.")
  private boolean required;

  @Option(
      names = "--allow-unconfined",
      description = "Start programs that have no policy, unconfined.")
  private boolean allowed;

  @Override
  public Bytes write(Path output, Target architecture, Optional<Policy> policy) throws IOException {
    String name = soname == null ? output.getFileName().toString() : soname;
    if (name.isEmpty() || name.contains("/")) {
      throw new UsageException("--soname requires a file name without a slash");
    }
    Bytes library = new SandboxLibrary(architecture, name, policy, otherwise()).write();
    AtomicFile.write(output, library);
    return library;
  }

  private WithoutPolicy otherwise() {
    if (required) {
      return WithoutPolicy.REFUSE;
    }
    return allowed ? WithoutPolicy.START : WithoutPolicy.START_CONFINED;
  }
}

package dev.hardwire.cli.run;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.image.AtomicFile;
import dev.hardwire.library.SandboxLibrary;
import dev.hardwire.library.SandboxLibrary.WithoutPolicy;
import dev.hardwire.policy.Policy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code hardwire library}. */
@Command(
    name = "library",
    description = "Write a shared library that confines the programs that load it.",
    footer = {
      "",
      "With a policy, that is the policy of every program that loads the library.",
      "Without one, the library runs the policy that patch --mode needed has put into",
      "the program, and that of SECCOMP_SYSCALL_ALLOW, SECCOMP_SYSCALL_DENY and",
      "SECCOMP_DEFAULT_ACTION in its environment.",
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class LibraryCommand extends ConfiningFileCommand {
  @Option(
      names = "--soname",
      paramLabel = "NAME",
      description = "Its DT_SONAME (default: the name of OUT).")
  private String soname;

  @Option(
      names = "--require-policy",
      description =
          "Never start a program that has no policy of its own. Without this option, those that a"
              + " confined program starts are started, as they inherit its filter.")
  private boolean required;

  @Option(
      names = "--allow-unconfined",
      description = "Start programs that have no policy, and let them run unconfined.")
  private boolean allowed;

  @Override
  public Bytes write(Path output, Target machine, Optional<Policy> policy) throws IOException {
    if (required && allowed) {
      throw new UsageException("--require-policy and --allow-unconfined exclude each other");
    }
    if ((required || allowed) && policy.isPresent()) {
      throw new UsageException(
          "a library with a policy of its own has no use for --require-policy, --allow-unconfined");
    }
    String name = soname == null ? output.getFileName().toString() : soname;
    if (name.isEmpty() || name.contains("/")) {
      throw new UsageException("--soname takes a file name without a slash");
    }
    Bytes library = new SandboxLibrary(machine, name, policy, otherwise()).write();
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

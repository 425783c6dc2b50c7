package dev.hardwire.cli;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.Machine;
import dev.hardwire.image.AtomicFile;
import dev.hardwire.library.SandboxLibrary;
import dev.hardwire.policy.Policy;
import dev.hardwire.seccomp.resolve.ResolvedPolicy;
import dev.hardwire.stub.SetupCompiler;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

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
final class LibraryCommand implements Callable<Integer> {
  private static final Machine MACHINE = Machine.X86_64;

  @Spec private CommandSpec spec;
  @Mixin private PolicyOptions policyOptions;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      required = true,
      description = "Write the library to this file.")
  private Path output;

  @Option(
      names = "--soname",
      paramLabel = "NAME",
      description = "Its DT_SONAME (default: the name of OUT).")
  private String soname;

  @Option(
      names = "--require-policy",
      description =
          "Do not start a program that has no policy; otherwise such a program runs unconfined.")
  private boolean required;

  @Override
  public Integer call() throws IOException {
    Optional<Policy> policy = Optional.empty();
    if (policyOptions.isGiven()) {
      policy =
          Optional.of(
              ResolvedPolicy.pinned(policyOptions.read(), SetupCompiler.architecture(MACHINE)));
    } else if (policyOptions.isOnlyAction()) {
      throw new UsageException("--default-action needs --allow LIST or --deny LIST");
    }
    if (required && policy.isPresent()) {
      throw new UsageException("a library with a policy of its own needs no --require-policy");
    }
    String name = soname == null ? output.getFileName().toString() : soname;
    if (name.isEmpty() || name.contains("/")) {
      throw new UsageException("--soname takes a file name without a slash");
    }
    Bytes library = new SandboxLibrary(MACHINE, name, policy, required).write();
    AtomicFile.write(output, library);
    spec.commandLine().getOut().println("%s: %d bytes".formatted(output, library.size()));
    return ExitCode.OK.code();
  }
}

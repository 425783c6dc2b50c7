package dev.hardwire.cli.run;

import dev.hardwire.cli.files.FileCommand;
import dev.hardwire.cli.options.HookOption;
import dev.hardwire.cli.options.InterpreterOption;
import dev.hardwire.cli.options.PolicyOptions;
import dev.hardwire.cli.options.VerboseOption;
import dev.hardwire.cli.report.FileFault;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.cli.report.WarningLines;
import dev.hardwire.formats.environment.EnvironmentPolicy;
import dev.hardwire.os.ProgramImage;
import dev.hardwire.policy.Policy;
import dev.hardwire.work.ConfinedCopy;
import dev.hardwire.work.PolicyPerArchitecture;
import dev.hardwire.work.PolicySource;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/**
 * {@code hardwire run}: makes a confined copy of a program in memory, and becomes it. Nothing of
 * the JVM is left in the process.
 */
@Command(
    name = "run",
    description = {
      "Run a program under a policy: a patched copy is executed in place of this" + " command.",
      "Without a policy option, the environment variables SECCOMP_SYSCALL_ALLOW,"
          + " SECCOMP_SYSCALL_DENY and SECCOMP_DEFAULT_ACTION define the policy.",
      "The copy has no name: /proc/self/exe refers to a deleted file, and $ORIGIN does"
          + " not find libraries. Patch a program that needs its location with patch -o into"
          + " its own directory, or start it with the --before-exec option of a launcher that"
          + " \"hardwire launcher\" writes: then the file stays where it is, and the policy has"
          + " to allow execve and everything that the start of the program needs.",
    },
    footer = "  hardwire run --deny uname -- uname -a",
    mixinStandardHelpOptions = true)
public final class RunCommand extends FileCommand {
  @Mixin final PolicyOptions policyOptions = new PolicyOptions();
  @Mixin final InterpreterOption interpreters = new InterpreterOption();
  @Mixin final HookOption hook = new HookOption();
  @Mixin final VerboseOption verbose = new VerboseOption();

  @Parameters(
      arity = "1..*",
      paramLabel = "PROGRAM",
      description = "The program, searched for in PATH, and its arguments; write -- before them.")
  List<String> command;

  @Override
  public Integer call() throws IOException {
    Caller caller = Caller.read();
    PolicySource policy = policy(caller.environment());
    Path program = caller.environment().find(command.get(0));
    ProgramImage image = ProgramImage.create(program.getFileName().toString());
    PrintWriter err = streams().err();
    try (ConfinedCopy copy =
        ConfinedCopy.of(
            program,
            policy,
            hook.hook(),
            interpreters.accepted(),
            new WarningLines(err, verbose.isGiven()))) {
      image.write(copy.bytes());
    } catch (RuntimeException e) {
      throw FileFault.ifRefused(program, e);
    }
    err.flush();
    List<byte[]> arguments = Caller.arguments(command.size());
    List<byte[]> environment = caller.environment().without(EnvironmentPolicy.VARIABLES);
    caller.restore();
    throw image.execute(arguments, environment);
  }

  private PolicySource policy(ProcessEnvironment environment) throws IOException {
    Optional<PolicySource> given = policyOptions.readIfGiven(streams().err());
    if (given.isPresent()) {
      return given.get();
    }
    Policy policy =
        EnvironmentPolicy.read(environment.variables())
            .orElseThrow(
                () ->
                    new UsageException(
                        "no policy: give --preset NAME, --policy FILE, --allow LIST or --deny LIST,"
                            + " or set "
                            + EnvironmentPolicy.ALLOW
                            + " or "
                            + EnvironmentPolicy.DENY));
    return policyOptions.source(
        PolicyPerArchitecture.of(policy, "the environment"), streams().err());
  }
}

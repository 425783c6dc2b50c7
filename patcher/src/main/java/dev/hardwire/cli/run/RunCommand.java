package dev.hardwire.cli.run;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.cli.options.HookConverter;
import dev.hardwire.cli.options.PolicyOptions;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.cli.report.WarningLines;
import dev.hardwire.core.ConfinedCopy;
import dev.hardwire.core.HookChoice;
import dev.hardwire.core.PolicyPerArchitecture;
import dev.hardwire.core.PolicySource;
import dev.hardwire.core.files.OutputFile;
import dev.hardwire.policy.format.EnvironmentPolicy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code hardwire run}: prepares a confined copy of a program. A Java process cannot turn into
 * another program, so {@code bin/hardwire} does, which runs this in a child and then executes what
 * it has prepared.
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
    footerHeading = "%nExample:%n",
    footer = "  hardwire run --deny uname -- uname -a",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class RunCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private PolicyOptions policyOptions;

  @Option(
      names = "--hook",
      paramLabel = "HOOK",
      defaultValue = "auto",
      converter = HookConverter.class,
      completionCandidates = HookConverter.Candidates.class,
      description = "Where the stub runs: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private HookChoice hook;

  @Option(names = "--prepare", hidden = true, description = "Where bin/hardwire takes it from.")
  private Path directory;

  @Parameters(
      arity = "1..*",
      paramLabel = "PROGRAM",
      description = "The program, searched for in PATH, and its arguments; write -- before them.")
  private List<String> command;

  @Override
  public Integer call() throws IOException {
    if (directory == null) {
      throw new UsageException("run works through the script bin/hardwire, not with java -jar");
    }
    ProcessEnvironment environment = ProcessEnvironment.ofParent();
    PolicySource policy = policy(environment);
    Path program = environment.find(command.get(0));
    WarningLines warnings = new WarningLines(spec.commandLine().getErr());
    write("program", ConfinedCopy.of(program, policy, hook, warnings));
    Files.setPosixFilePermissions(
        directory.resolve("program"), PosixFilePermissions.fromString("r-x------"));
    write(
        "count", Bytes.wrap(Integer.toString(command.size()).getBytes(StandardCharsets.US_ASCII)));
    write("environment", environment.without(EnvironmentPolicy.VARIABLES));
    return ExitCode.OK.code();
  }

  private PolicySource policy(ProcessEnvironment environment) throws IOException {
    Optional<PolicySource> given = policyOptions.readIfGiven(spec.commandLine().getErr());
    return given
        .or(
            () ->
                EnvironmentPolicy.read(environment.variables())
                    .map(
                        policy ->
                            policyOptions.source(
                                PolicyPerArchitecture.of(policy), spec.commandLine().getErr())))
        .orElseThrow(
            () ->
                new UsageException(
                    "no policy: give --policy FILE, --allow LIST or --deny LIST, or set "
                        + EnvironmentPolicy.ALLOW
                        + " or "
                        + EnvironmentPolicy.DENY));
  }

  private void write(String name, Bytes content) throws IOException {
    OutputFile.write(directory.resolve(name), content);
  }
}

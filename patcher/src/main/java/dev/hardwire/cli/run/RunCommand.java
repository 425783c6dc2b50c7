package dev.hardwire.cli.run;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.cli.input.InputFile;
import dev.hardwire.cli.options.HookChoice;
import dev.hardwire.cli.options.PolicyOptions;
import dev.hardwire.cli.options.PolicyPerArchitecture;
import dev.hardwire.cli.options.PolicySource;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.elf.DynamicStrings;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import dev.hardwire.image.AtomicFile;
import dev.hardwire.image.Host;
import dev.hardwire.image.LayoutCheck;
import dev.hardwire.image.PatchedImage;
import dev.hardwire.image.TemporaryCopy;
import dev.hardwire.plan.PatchPlanner;
import dev.hardwire.plan.PatchRequest;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.format.EnvironmentPolicy;
import dev.hardwire.policy.format.YamlPolicyWriter;
import dev.hardwire.stub.SetupCompiler;
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
      converter = HookChoice.Converter.class,
      completionCandidates = HookChoice.Candidates.class,
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
    try (InputFile input = InputFile.open(program)) {
      write("program", patched(program, input.bytes(), policy));
    }
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

  private Bytes patched(Path program, Bytes input, PolicySource policy) throws IOException {
    refuse(program, input);
    ElfFile elf = ElfFile.parse(input);
    Host.check(elf);
    if (DynamicStrings.of(elf).nameTheFolder()) {
      spec.commandLine()
          .getErr()
          .println(
              "hardwire: %s: warning: it looks for libraries beside its file ($ORIGIN), and the copy"
                      .formatted(program)
                  + " is elsewhere; see hardwire run --help");
    }
    Policy pinned = policy.pinned(elf.machine());
    PatchRequest request =
        new PatchRequest(
            SetupCompiler.compile(elf.machine(), pinned, program.getFileName().toString()),
            YamlPolicyWriter.write(pinned),
            hook.hook(),
            false,
            true);
    Bytes patched = PatchedImage.of(elf.bytes(), PatchPlanner.plan(elf, request));
    LayoutCheck.check(elf, patched);
    return patched;
  }

  private static void refuse(Path program, Bytes input) throws IOException {
    if (input.size() >= 2 && input.u8(0) == '#' && input.u8(1) == '!') {
      throw new ElfFormatException(
          Refusal.NOT_ELF,
          0,
          "e_ident",
          program + " is a script: run its interpreter with the script as an argument");
    }
    TemporaryCopy.check(program);
  }

  private void write(String name, Bytes content) throws IOException {
    AtomicFile.write(directory.resolve(name), content);
  }
}

package dev.hardwire.cli.run;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.cli.input.InputFile;
import dev.hardwire.cli.options.HookChoice;
import dev.hardwire.cli.options.PolicyOptions;
import dev.hardwire.cli.options.PolicyPerArchitecture;
import dev.hardwire.cli.options.PolicySource;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.elf.DynamicStrings;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import dev.hardwire.image.Host;
import dev.hardwire.image.LayoutCheck;
import dev.hardwire.image.PatchedImage;
import dev.hardwire.image.TemporaryCopy;
import dev.hardwire.os.ProgramImage;
import dev.hardwire.plan.PatchPlanner;
import dev.hardwire.plan.PatchRequest;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.format.EnvironmentPolicy;
import dev.hardwire.policy.format.YamlPolicyWriter;
import dev.hardwire.stub.SetupCompiler;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
 * {@code hardwire run}: makes a confined copy of a program in memory, and becomes it. Nothing of
 * the JVM is left in the process.
 */
@Command(
    name = "run",
    description =
        "Run a program under a policy: a patched copy is executed in place of this command.",
    footer = {
      "",
      "Without a policy option, the variables SECCOMP_SYSCALL_ALLOW,",
      "SECCOMP_SYSCALL_DENY and SECCOMP_DEFAULT_ACTION say what the program may do.",
      "",
      "The copy has no name: /proc/self/exe tells of a deleted file, and libraries are",
      "not found by $ORIGIN. Patch a program that needs its place into its own folder",
      "(patch -o), or start it by the launcher of \"hardwire launcher\", which takes",
      "--before-exec: the file stays where it is, and the policy has to allow execve",
      "and all that the start of the program needs.",
    },
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

  @Parameters(
      arity = "1..*",
      paramLabel = "PROGRAM",
      description = "The program, looked for in PATH, and its arguments; put -- before them.")
  private List<String> command;

  @Override
  public Integer call() throws IOException {
    Caller caller = Caller.read();
    PolicySource policy = policy(caller.environment());
    Path program = caller.environment().find(command.get(0));
    ProgramImage image = ProgramImage.create(program.getFileName().toString());
    try (InputFile input = InputFile.open(program)) {
      write(patched(program, input.bytes(), policy), image);
    }
    spec.commandLine().getErr().flush();
    List<byte[]> arguments = Caller.arguments(command.size());
    List<byte[]> environment = caller.environment().without(EnvironmentPolicy.VARIABLES);
    caller.restore();
    throw image.execute(arguments, environment);
  }

  private static void write(Bytes content, ProgramImage image) throws IOException {
    try (FileChannel out = FileChannel.open(image.path(), StandardOpenOption.WRITE)) {
      content.copyTo(
          block -> {
            while (block.hasRemaining()) {
              out.write(block);
            }
          });
    }
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
}

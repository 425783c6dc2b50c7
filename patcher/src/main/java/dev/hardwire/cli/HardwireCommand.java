package dev.hardwire.cli;

import dev.hardwire.arch.Target;
import dev.hardwire.cli.patch.ApplyCommand;
import dev.hardwire.cli.patch.PatchCommand;
import dev.hardwire.cli.patch.RestoreCommand;
import dev.hardwire.cli.policy.DisasmCommand;
import dev.hardwire.cli.policy.EmulateCommand;
import dev.hardwire.cli.policy.PolicyCommand;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.Failures;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.cli.report.Version;
import dev.hardwire.cli.run.LauncherCommand;
import dev.hardwire.cli.run.LearnCommand;
import dev.hardwire.cli.run.LibraryCommand;
import dev.hardwire.cli.run.RunCommand;
import dev.hardwire.cli.sign.SignCommand;
import dev.hardwire.cli.verify.InspectCommand;
import dev.hardwire.cli.verify.VerifyCommand;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The top-level command. */
@Command(
    name = "hardwire",
    description = "Patches ELF executables so that they confine themselves.",
    versionProvider = Version.class,
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      PatchCommand.class,
      ApplyCommand.class,
      InspectCommand.class,
      VerifyCommand.class,
      RestoreCommand.class,
      LearnCommand.class,
      RunCommand.class,
      LibraryCommand.class,
      LauncherCommand.class,
      SignCommand.class,
      PolicyCommand.class,
      DisasmCommand.class,
      EmulateCommand.class,
    },
    footerHeading = "%nExit codes:%n",
    footer = {
      "  0  done",
      "  1  internal error",
      "  2  wrong usage",
      "  3  not a file that Hardwire can patch",
      "  4  invalid policy",
      "  5  verification failed",
      "  6  input or output failed",
      "A patched program whose setup fails exits with 126 and says which step failed.",
    })
final class HardwireCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command");
  }

  private static Target architecture(String name) {
    return Target.ofName(name)
        .orElseThrow(
            () ->
                new TypeConversionException(
                    "expected one of %s but was '%s'"
                        .formatted(String.join(", ", Target.ids()), name)));
  }

  /** All commands with all options. */
  static CommandLine commandLine() {
    CommandLine commandLine = new CommandLine(new HardwireCommand());
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.registerConverter(Target.class, HardwireCommand::architecture);
    commandLine.setExpandAtFiles(false); // @ starts groups of system calls, and what programs like
    commandLine.getSubcommands().get("run").setStopAtPositional(true);
    return commandLine;
  }

  /**
   * Runs a command.
   *
   * @return the exit code
   */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    Failures failures = new Failures(err);
    return commandLine()
        .setOut(out)
        .setErr(err)
        .setParameterExceptionHandler((wrong, words) -> usage(wrong))
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> failures.report(null, failure).code())
        .execute(args);
  }

  /** Reports words that are no command line. */
  private static int usage(ParameterException wrong) {
    PrintWriter err = wrong.getCommandLine().getErr();
    err.println(TerminalText.of(wrong.getMessage()));
    if (!UnmatchedArgumentException.printSuggestions(wrong, err)) {
      wrong.getCommandLine().usage(err);
    }
    return ExitCode.USAGE.code();
  }
}

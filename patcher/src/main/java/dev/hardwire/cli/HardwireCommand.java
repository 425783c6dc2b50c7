package dev.hardwire.cli;

import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_OPTION_LIST;

import dev.hardwire.cli.options.GivenOptions;
import dev.hardwire.cli.options.OptionGroups;
import dev.hardwire.cli.options.ValueConverters;
import dev.hardwire.cli.patch.ApplyCommand;
import dev.hardwire.cli.patch.KeepCommand;
import dev.hardwire.cli.patch.PatchCommand;
import dev.hardwire.cli.patch.RestoreCommand;
import dev.hardwire.cli.policy.DisasmCommand;
import dev.hardwire.cli.policy.EmulateCommand;
import dev.hardwire.cli.policy.PolicyCommand;
import dev.hardwire.cli.report.CommandGroup;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.Failures;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.cli.report.UsageText;
import dev.hardwire.cli.run.DeriveCommand;
import dev.hardwire.cli.run.LauncherCommand;
import dev.hardwire.cli.run.LearnCommand;
import dev.hardwire.cli.run.LibraryCommand;
import dev.hardwire.cli.run.RunCommand;
import dev.hardwire.cli.run.WhyCommand;
import dev.hardwire.cli.sign.SignCommand;
import dev.hardwire.cli.terminal.ColouredWriter;
import dev.hardwire.cli.verify.InspectCommand;
import dev.hardwire.cli.verify.ReportCommand;
import dev.hardwire.cli.verify.VerifyCommand;
import dev.hardwire.work.ToolVersion;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The top-level command. */
@Command(
    name = "hardwire",
    description = "Patches ELF executables so that they confine themselves.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      PatchCommand.class,
      ApplyCommand.class,
      InspectCommand.class,
      VerifyCommand.class,
      ReportCommand.class,
      RestoreCommand.class,
      KeepCommand.class,
      LearnCommand.class,
      DeriveCommand.class,
      HardenCommand.class,
      RunCommand.class,
      WhyCommand.class,
      LibraryCommand.class,
      LauncherCommand.class,
      SignCommand.class,
      PolicyCommand.class,
      DisasmCommand.class,
      EmulateCommand.class,
      HelpCommand.class,
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
      "",
      "Example:",
      "  hardwire patch --deny execve,execveat -o tar-wired /usr/bin/tar",
    })
public final class HardwireCommand extends CommandGroup {
  public static CommandLine commandLine() {
    return completed(new CommandLine(new HardwireCommand()));
  }

  /**
   * The command that the words begin with, or ask help for, with its options: the model of all
   * takes longer than most work. All if there is none, or it shows the others.
   */
  static CommandLine commandLineFor(String... words) {
    boolean isHelp = words.length > 1 && words[0].equals("help");
    String name = words.length == 0 ? "" : words[isHelp ? 1 : 0];
    for (Class<?> type : HardwireCommand.class.getAnnotation(Command.class).subcommands()) {
      if (type != HelpCommand.class && type.getAnnotation(Command.class).name().equals(name)) {
        CommandLine top = new CommandLine(CommandSpec.create().name("hardwire"));
        if (isHelp) {
          top.addSubcommand(words[0], HelpCommand.class);
        }
        return completed(top.addSubcommand(name, type));
      }
    }
    return commandLine();
  }

  private static CommandLine completed(CommandLine commandLine) {
    ValueConverters.register(commandLine);
    commandLine.setExpandAtFiles(false); // @ starts groups of system calls, and what programs like
    for (String name : new String[] {"run", "why"}) {
      CommandLine command = commandLine.getSubcommands().get(name);
      if (command != null) {
        command.setStopAtPositional(true);
      }
    }
    complete(commandLine);
    return commandLine;
  }

  /** What every command has: {@code --version}, an example, and options under headings. */
  private static void complete(CommandLine commandLine) {
    UsageMessageSpec usage = commandLine.getCommandSpec().usageMessage();
    usage.abbreviateSynopsis(true);
    usage.descriptionHeading("%n");
    usage.parameterListHeading("%nArguments:%n");
    usage.commandListHeading("%nCommands:%n");
    if (usage.footerHeading().isEmpty()) {
      usage.footerHeading("%nExample:%n");
    }
    commandLine.getCommandSpec().versionProvider(() -> new String[] {ToolVersion.line()});
    commandLine.getHelpSectionMap().put(SECTION_KEY_OPTION_LIST, OptionGroups::render);
    commandLine.getSubcommands().values().forEach(HardwireCommand::complete);
  }

  /**
   * Runs a command.
   *
   * @return the exit code
   */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    Failures failures = new Failures(err);
    return commandLineFor(args)
        .setOut(out)
        .setErr(err)
        .setExecutionStrategy(HardwireCommand::execute)
        .setParameterExceptionHandler((wrong, words) -> usage(failures, wrong))
        .setExecutionExceptionHandler(
            (failure, command, parsed) ->
                failures.reportCommand(command.getCommandSpec().qualifiedName(), failure).code())
        .execute(args);
  }

  /** Runs the command that picocli has read, or prints its help. */
  private static int execute(ParseResult parsed) {
    ParseResult last = parsed;
    while (last.hasSubcommand()) {
      last = last.subcommand();
    }
    if (!last.isUsageHelpRequested() && !last.isVersionHelpRequested()) {
      GivenOptions.check(last);
    }
    return new CommandLine.RunLast().execute(parsed);
  }

  /** Reports words that are not a command line. */
  private static int usage(Failures failures, ParameterException wrong) {
    CommandLine command = wrong.getCommandLine();
    PrintWriter err = command.getErr();
    String text = TerminalText.shortened("hardwire: " + UsageText.of(wrong));
    ColouredWriter.printError(err, TerminalText.of(text));
    if (wrong instanceof CommandGroup.Missing) {
      CommandLine.Help help = command.getHelp();
      err.print(help.synopsisHeading() + help.synopsis(help.synopsisHeadingLength()));
      err.print(help.commandListHeading() + help.commandList());
      err.println();
    }
    failures.hint(command.getCommandSpec().qualifiedName());
    return ExitCode.USAGE.code();
  }
}

package dev.hardwire.cli;

import dev.hardwire.cli.report.BaseCommand;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.UsageText;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code hardwire help}. */
@Command(
    name = "help",
    description = "Show the help of Hardwire or of one command.",
    mixinStandardHelpOptions = true,
    footer = "  hardwire help policy check")
final class HelpCommand extends BaseCommand {
  @Parameters(
      arity = "0..*",
      paramLabel = "COMMAND",
      description = "The command, such as patch or policy check (default: hardwire itself).")
  private List<String> names = List.of();

  @Override
  public Integer call() {
    CommandLine command = spec().root().commandLine();
    for (String name : names) {
      CommandLine inner = command.getSubcommands().get(name);
      if (inner == null) {
        throw new ParameterException(command, UsageText.unknownCommand(name, command));
      }
      command = inner;
    }
    command.usage(out());
    return ExitCode.OK.code();
  }
}

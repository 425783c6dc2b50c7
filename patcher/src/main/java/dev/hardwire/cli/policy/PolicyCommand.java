package dev.hardwire.cli.policy;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code hardwire policy}. */
@Command(
    name = "policy",
    description = "Check, convert, explain, compare, compile and test policies.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      PolicyCheckCommand.class,
      PolicyConvertCommand.class,
      PolicyExplainCommand.class,
      PolicyDiffCommand.class,
      PolicyCompileCommand.class,
      PolicyTestCommand.class,
    })
public final class PolicyCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "Missing command");
  }
}

package dev.hardwire.cli.policy;

import dev.hardwire.cli.report.MissingCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code hardwire policy}. */
@Command(
    name = "policy",
    description = "Check, convert, explain, compare, compile, measure, test and import policies.",
    footerHeading = "%nExample:%n",
    footer = "  hardwire policy check policy.yaml",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      PolicyCheckCommand.class,
      PolicyConvertCommand.class,
      PolicyExplainCommand.class,
      PolicyDiffCommand.class,
      PolicyCompileCommand.class,
      PolicySizeCommand.class,
      PolicyTestCommand.class,
      PolicyImportCommand.class,
      PolicyPresetsCommand.class,
    })
public final class PolicyCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new MissingCommand(spec.commandLine());
  }
}

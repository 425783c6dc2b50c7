package dev.hardwire.cli.policy;

import dev.hardwire.cli.report.CommandGroup;
import picocli.CommandLine.Command;

/** {@code hardwire policy}. */
@Command(
    name = "policy",
    description = "Check, convert, explain, compare, compile, measure, test and import policies.",
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
public final class PolicyCommand extends CommandGroup {}

package dev.hardwire.cli.policy;

import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.policy.format.Preset;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hardwire policy presets}. */
@Command(
    name = "presets",
    description = {
      "List the policies that --preset names, or print one as a file to start from.",
    },
    footerHeading = "%nExample:%n",
    footer = "  hardwire policy presets network-server",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class PolicyPresetsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "NAME",
      description = "Print this one: ${COMPLETION-CANDIDATES}.")
  private Preset preset;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    if (preset != null) {
      out.print(preset.yaml());
    } else {
      for (Preset each : Preset.values()) {
        out.println("%-15s %s".formatted(each, each.summary()));
      }
    }
    return ExitCode.OK.code();
  }
}

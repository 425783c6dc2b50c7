package dev.hardwire.cli.policy;

import com.google.gson.stream.JsonWriter;
import dev.hardwire.cli.report.BaseCommand;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.JsonDocument;
import dev.hardwire.cli.report.JsonOption;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.policy.text.Preset;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code hardwire policy presets}. */
@Command(
    name = "presets",
    description = {
      "List the policies that --preset names, or print one as a file to start from.",
    },
    footer = "  hardwire policy presets network-server",
    mixinStandardHelpOptions = true)
public final class PolicyPresetsCommand extends BaseCommand {
  @Mixin private JsonOption json;

  @Parameters(
      arity = "0..1",
      paramLabel = "NAME",
      description = "Print this one: ${COMPLETION-CANDIDATES}.")
  private Preset preset;

  @Override
  public Integer call() throws IOException {
    if (json.isChosen() && preset != null) {
      throw new UsageException("--json lists all presets; " + preset + " is printed as YAML");
    }
    if (preset != null) {
      out().print(preset.yaml());
    } else if (json.isChosen()) {
      JsonDocument.print(out(), PolicyPresetsCommand::list);
    } else {
      for (Preset each : Preset.values()) {
        out().println("%-15s %s".formatted(each, each.summary()));
      }
    }
    return ExitCode.OK.code();
  }

  private static void list(JsonWriter writer) throws IOException {
    writer.beginArray();
    for (Preset preset : Preset.values()) {
      writer.beginObject();
      writer.name("name").value(preset.toString());
      writer.name("summary").value(preset.summary());
      writer.endObject();
    }
    writer.endArray();
  }
}

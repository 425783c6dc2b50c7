package dev.hardwire.cli.verify;

import com.google.gson.stream.JsonWriter;
import dev.hardwire.Hardwire;
import dev.hardwire.InspectResult;
import dev.hardwire.cli.files.Batch;
import dev.hardwire.cli.files.FileCommand;
import dev.hardwire.cli.report.BatchResult;
import dev.hardwire.cli.report.JsonDocument;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.report.write.VerificationJson;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hardwire inspect}. */
@Command(
    name = "inspect",
    description = "Show the hook, setup steps, policy and filter of hard-wired files.",
    footer = "  hardwire inspect tar-wired",
    mixinStandardHelpOptions = true)
public final class InspectCommand extends FileCommand {

  @Option(names = "--json", description = "Print a JSON array with an object for each FILE.")
  boolean json;

  @Option(
      names = "--policy",
      paramLabel = "FILE",
      description = "Warn if libraries that this policy was derived from differ or are missing.")
  Path policy;

  @Mixin final DerivedFrom derived = new DerivedFrom();

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "Hard-wired executables.")
  List<Path> files;

  @Override
  public Integer call() throws IOException {
    if (policy != null) {
      derived.warn(policy, streams().err());
    }
    List<JsonDocument.Item> items = new ArrayList<>();
    int code =
        Batch.run(
            streams(),
            files,
            (entry, out, warnings) -> {
              Path file = entry.file();
              InspectResult result = Hardwire.inspect(file);
              if (json) {
                items.add(writer -> write(writer, file, result));
              } else {
                print(out, file, result);
              }
              return BatchResult.done(file);
            });
    if (json) {
      JsonDocument.print(streams().out(), items);
    }
    return code;
  }

  private static void print(PrintWriter out, Path file, InspectResult result) {
    List<InspectResult.Layer> layers = result.layers();
    for (int i = 0; i < layers.size(); i++) {
      InspectResult.Layer layer = layers.get(i);
      out.println(
          layers.size() == 1
              ? TerminalText.of(file) + ":"
              : "%s, layer %d of %d:".formatted(TerminalText.of(file), i + 1, layers.size()));
      out.println(
          layer
              .hook()
              .map(
                  hook ->
                      "  hook      %s, goes on to %s0x%x"
                          .formatted(
                              hook,
                              layer
                                  .linker()
                                  .map(name -> TerminalText.of(name) + ", then ")
                                  .orElse(""),
                              layer.target()))
              .orElseGet(
                  () -> "  library   %s, runs the setup".formatted(layer.library().orElse("?"))));
      if (layer.linker().isPresent()) {
        out.println("  gdb       break main, run, info sharedlibrary; then libraries are known");
      }
      out.println(
          "  blob      %s, %d bytes at 0x%x, file offset 0x%x"
              .formatted(
                  layer.machine(), layer.blobSize(), layer.blobAddress(), layer.blobOffset()));
      out.println("  made by   Hardwire %s, format %d".formatted(layer.release(), layer.format()));
      out.println(
          "  original  %d bytes, SHA-256 %s"
              .formatted(layer.originalSize(), layer.originalSha256()));
      out.println(
          "  growth    "
              + (layer.growth().isPresent()
                  ? layer.growth().getAsLong() + " bytes"
                  : "not known: the file was changed after it was patched"));
      if (i == 0) {
        out.println("  starts    %d in a row at most".formatted(result.startsInARow()));
      }
      out.println("  setup");
      layer.setup().forEach(line -> out.println("    " + line));
      out.println("  policy    SHA-256 %s".formatted(layer.policySha256()));
      layer.policyText().lines().forEach(line -> out.println("    " + line));
      out.println("  filter");
      layer.filter().forEach(line -> out.println("    " + line));
      layer.phases().forEach(phase -> print(out, phase));
    }
  }

  private static void print(PrintWriter out, InspectResult.Phase phase) {
    out.println(
        "  phase     \"%s\" from %s on, goes on to 0x%x"
            .formatted(phase.name(), phase.moment(), phase.target()));
    phase.setup().forEach(line -> out.println("    " + line));
    out.println("  filter of the phase \"%s\"".formatted(phase.name()));
    phase.filter().forEach(line -> out.println("    " + line));
  }

  private static void write(JsonWriter writer, Path file, InspectResult result) throws IOException {
    writer.beginObject();
    writer.name("file").value(file.toString());
    writer.name("startsInARow").value(result.startsInARow());
    writer.name("layers").beginArray();
    for (InspectResult.Layer layer : result.layers()) {
      write(writer, layer);
    }
    writer.endArray();
    writer.endObject();
  }

  private static void write(JsonWriter writer, InspectResult.Layer layer) throws IOException {
    writer.beginObject();
    writer.name("format").value(layer.format());
    writer.name("release").value(layer.release());
    writer.name("machine").value(layer.machine());
    writer.name("mode").value(layer.hook().isPresent() ? "stub" : "needed");
    if (layer.hook().isPresent()) {
      writer.name("hook").value(layer.hook().get().id());
      if (layer.linker().isPresent()) {
        writer.name("linker").value(layer.linker().get());
      }
      writer.name("target").value("0x" + Long.toHexString(layer.target()));
    } else {
      writer.name("library").value(layer.library().orElse("?"));
    }
    writer.name("blobAddress").value("0x" + Long.toHexString(layer.blobAddress()));
    writer.name("blobOffset").value(layer.blobOffset());
    writer.name("blobSize").value(layer.blobSize());
    writer.name("originalSize").value(layer.originalSize());
    writer.name("originalSha256").value(layer.originalSha256());
    writer.name("growth");
    if (layer.growth().isPresent()) {
      writer.value(layer.growth().getAsLong());
    } else {
      writer.nullValue();
    }
    writer.name("policyName").value(layer.policyName());
    writer.name("policySha256").value(layer.policySha256());
    writer.name("policy").value(layer.policyText());
    VerificationJson.texts(writer, "setup", layer.setup());
    VerificationJson.texts(writer, "filter", layer.filter());
    writer.name("phases").beginArray();
    for (InspectResult.Phase phase : layer.phases()) {
      writer.beginObject();
      writer.name("name").value(phase.name());
      writer.name("moment").value(phase.moment());
      writer.name("target").value("0x" + Long.toHexString(phase.target()));
      VerificationJson.texts(writer, "setup", phase.setup());
      VerificationJson.texts(writer, "filter", phase.filter());
      writer.endObject();
    }
    writer.endArray();
    writer.endObject();
  }
}

package dev.hardwire.cli.verify;

import com.google.gson.stream.JsonWriter;
import dev.hardwire.cli.files.FileCommand;
import dev.hardwire.cli.files.FileRunner;
import dev.hardwire.cli.input.InputFile;
import dev.hardwire.cli.report.JsonList;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.verify.Inspection;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hardwire inspect}. */
@Command(
    name = "inspect",
    description = "Show the hook, setup steps, policy and filter of hard-wired files.",
    footerHeading = "%nExample:%n",
    footer = "  hardwire inspect tar-wired",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class InspectCommand extends FileCommand {

  @Option(names = "--json", description = "Print a JSON array with an object for each FILE.")
  boolean json;

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "Hard-wired executables.")
  List<Path> files;

  @Override
  public Integer call() throws IOException {
    JsonList list = new JsonList(streams().out(), json);
    int code =
        new FileRunner(streams())
            .run(
                files,
                (file, out) -> {
                  List<Inspection> layers = inspect(file);
                  if (json) {
                    list.add(writer -> write(writer, file, layers));
                  } else {
                    print(out, file, layers);
                  }
                });
    list.close();
    return code;
  }

  private static List<Inspection> inspect(Path file) throws IOException {
    try (InputFile input = InputFile.open(file)) {
      return Inspection.of(input.bytes());
    }
  }

  private static void print(PrintWriter out, Path file, List<Inspection> layers) {
    for (int i = 0; i < layers.size(); i++) {
      Inspection layer = layers.get(i);
      out.println(
          layers.size() == 1
              ? TerminalText.of(file) + ":"
              : "%s, layer %d of %d:".formatted(TerminalText.of(file), i + 1, layers.size()));
      out.println(
          layer
              .notes()
              .setup()
              .hook()
              .map(hook -> "  hook      %s, goes on to 0x%x".formatted(hook, layer.target()))
              .orElseGet(
                  () -> "  library   %s, runs the setup".formatted(layer.library().orElse("?"))));
      out.println(
          "  blob      %s, %d bytes at 0x%x, file offset 0x%x"
              .formatted(
                  layer.machine(), layer.blobSize(), layer.blobAddress(), layer.blobOffset()));
      out.println(
          "  original  %d bytes, SHA-256 %s"
              .formatted(
                  layer.notes().record().originalSize(),
                  layer.notes().record().originalSha256().hex()));
      out.println(
          "  growth    "
              + layer
                  .growth()
                  .map(bytes -> bytes + " bytes")
                  .orElse("not known: the file was changed after it was patched"));
      out.println("  setup");
      layer.setup().forEach(line -> out.println("    " + line));
      out.println("  policy    SHA-256 %s".formatted(layer.notes().policy().sha256().hex()));
      layer.notes().policy().text().lines().forEach(line -> out.println("    " + line));
      out.println("  filter");
      layer.filterLines().forEach(line -> out.println("    " + line));
    }
  }

  private static void write(JsonWriter writer, Path file, List<Inspection> layers)
      throws IOException {
    writer.beginObject();
    writer.name("file").value(file.toString());
    writer.name("layers").beginArray();
    for (Inspection layer : layers) {
      write(writer, layer);
    }
    writer.endArray();
    writer.endObject();
  }

  private static void write(JsonWriter writer, Inspection layer) throws IOException {
    writer.beginObject();
    writer.name("machine").value(layer.machine());
    writer.name("mode").value(layer.notes().setup().isNeeded() ? "needed" : "stub");
    if (layer.notes().setup().hook().isPresent()) {
      writer.name("hook").value(layer.notes().setup().hook().get().text());
      writer.name("target").value("0x" + Long.toHexString(layer.target()));
    } else {
      writer.name("library").value(layer.library().orElse("?"));
    }
    writer.name("blobAddress").value("0x" + Long.toHexString(layer.blobAddress()));
    writer.name("blobOffset").value(layer.blobOffset());
    writer.name("blobSize").value(layer.blobSize());
    writer.name("originalSize").value(layer.notes().record().originalSize());
    writer.name("originalSha256").value(layer.notes().record().originalSha256().hex());
    writer.name("growth");
    if (layer.growth().isPresent()) {
      writer.value(layer.growth().get());
    } else {
      writer.nullValue();
    }
    writer.name("policyName").value(layer.policyName());
    writer.name("policySha256").value(layer.notes().policy().sha256().hex());
    writer.name("policy").value(layer.notes().policy().text());
    array(writer, "setup", layer.setup());
    array(writer, "filter", layer.filterLines());
    writer.endObject();
  }

  private static void array(JsonWriter writer, String name, List<String> lines) throws IOException {
    writer.name(name).beginArray();
    for (String line : lines) {
      writer.value(line);
    }
    writer.endArray();
  }
}

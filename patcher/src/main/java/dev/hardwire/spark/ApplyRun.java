package dev.hardwire.spark;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.hardwire.cli.Main;
import dev.hardwire.spark.files.LocalCopy;
import dev.hardwire.spark.files.Upload;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;

/**
 * Runs {@code hardwire apply} on a unit, in a folder of its own, and takes the results to the
 * output. The rows are about what was written, and where nothing was, about the unit.
 */
final class ApplyRun {
  /** The folder of results in the output. */
  static final String FOLDER = "files";

  private static final String DONE = "patched";
  private static final String SKIPPED = "skipped";

  private final Path manifest;
  private final String output;
  private final Upload upload;
  private final ProgramRows rows;

  /**
   * A run.
   *
   * @param output the directory of all output, a URI
   * @param rows makes rows
   */
  ApplyRun(Path manifest, String output, Configuration configuration, ProgramRows rows) {
    this.manifest = manifest;
    this.output = output;
    this.upload = new Upload(configuration);
    this.rows = rows;
  }

  /** Patches a plain file. */
  List<FleetRow> plain(FleetUnit unit, Path local, String digest) throws IOException {
    try (LocalCopy folder = LocalCopy.inNewFolder("tree")) {
      Path tree = folder.path();
      Path results = tree.resolveSibling("results");
      Path input = tree.resolve(relative(unit.name(), unit.relative()));
      Files.createDirectories(input.getParent());
      Files.copy(local, input, StandardCopyOption.COPY_ATTRIBUTES);
      List<Path> names = names(unit);
      for (Path other : names.subList(1, names.size())) {
        Files.createDirectories(tree.resolve(other).getParent());
        Files.createLink(tree.resolve(other), input);
      }
      Map<String, FleetRow.Change> changes = run(tree, "--output-dir", results);
      List<Path> done = new ArrayList<>();
      FleetRow.Change change = FleetRow.Change.NONE;
      for (Path name : names) {
        FleetRow.Change own = changes.get(tree.resolve(name).toString());
        if (own != null && own.result().equals(DONE)) {
          done.add(name);
        }
        change = own == null ? change : own;
      }
      if (done.isEmpty()) {
        return rows.plain(unit, local, digest, change);
      }
      for (Path name : done) {
        upload.put(results.resolve(name), target(name));
      }
      return rows.plain(
          unit,
          results.resolve(done.get(0)),
          digest,
          new FleetRow.Change(DONE, target(done.get(0)).toString(), ""));
    }
  }

  /** The paths of a file, the one that names the unit first. */
  private static List<Path> names(FleetUnit unit) throws IOException {
    List<Path> names = new ArrayList<>(List.of(relative(unit.name(), unit.relative())));
    int root = unit.name().length() - unit.relative().length();
    for (String other : unit.otherNames()) {
      names.add(relative(other, other.substring(root)));
    }
    return names;
  }

  /** Patches programs of an image or a package. */
  List<FleetRow> archive(FleetUnit unit, Path local, String digest) throws IOException {
    try (LocalCopy folder = LocalCopy.inNewFolder("results")) {
      Path result = Files.createDirectory(folder.path()).resolve(local.getFileName().toString());
      Map<String, FleetRow.Change> changes = new HashMap<>();
      run(local, "--output", result)
          .forEach(
              (file, change) -> changes.put(file.substring(local.toString().length()), change));
      if (changes.values().stream().noneMatch(change -> change.result().equals(DONE))
          || !Files.exists(result)) {
        return rows.archive(unit, local, digest, withoutOutput(changes));
      }
      org.apache.hadoop.fs.Path target = target(relative(unit.name(), unit.relative()));
      upload.put(result, target);
      changes.replaceAll(
          (name, change) ->
              new FleetRow.Change(change.result(), target.toString(), change.error()));
      return rows.archive(unit, result, digest, changes);
    }
  }

  /** What was done with programs of an image that was not written, since others were refused. */
  private static Map<String, FleetRow.Change> withoutOutput(Map<String, FleetRow.Change> changes) {
    Map<String, FleetRow.Change> all = new HashMap<>(changes);
    all.replaceAll(
        (name, change) ->
            change.result().equals(DONE)
                ? new FleetRow.Change(
                    SKIPPED, "", "not written, as another program in it could not be patched")
                : change);
    return all;
  }

  private static Path relative(String name, String relative) throws IOException {
    Path path = Path.of(relative).normalize();
    if (path.isAbsolute() || path.startsWith("..") || path.toString().isEmpty()) {
      throw new IOException(name + ": the path leads out of the output");
    }
    return path;
  }

  private org.apache.hadoop.fs.Path target(Path relative) {
    return new org.apache.hadoop.fs.Path(output + "/" + FOLDER + "/" + relative);
  }

  /** Runs the command, and returns what it did with each file. */
  private Map<String, FleetRow.Change> run(Path root, String option, Path target)
      throws IOException {
    StringWriter text = new StringWriter();
    StringWriter errors = new StringWriter();
    List<String> words = new ArrayList<>();
    words.addAll(List.of("apply", "--json", "--quiet", "--allow-unmatched", "--jobs", "1"));
    words.addAll(List.of("--root", root.toString(), option, target.toString()));
    words.add(manifest.toString());
    int code =
        Main.run(new PrintWriter(text), new PrintWriter(errors), words.toArray(String[]::new));
    String error = errors.toString().strip().replaceFirst("^hardwire: ", "");
    if (text.toString().isBlank()) {
      throw new IOException(code == 0 ? "hardwire apply did not say what it did" : error);
    }
    Map<String, FleetRow.Change> changes = new HashMap<>();
    for (JsonElement element :
        JsonParser.parseString(text.toString()).getAsJsonObject().getAsJsonArray("files")) {
      JsonObject file = element.getAsJsonObject();
      String result = file.get("result").getAsString();
      JsonElement message = file.get("message");
      changes.put(
          file.get("file").getAsString(),
          new FleetRow.Change(result, "", message.isJsonNull() ? "" : message.getAsString()));
    }
    if (code != 0 && changes.values().stream().allMatch(change -> change.error().isEmpty())) {
      throw new IOException(error); // an image could not be written
    }
    return changes;
  }
}

package dev.hardwire.spark;

import dev.hardwire.Destination;
import dev.hardwire.FileResult;
import dev.hardwire.FileWork;
import dev.hardwire.HardwireException;
import dev.hardwire.Messages;
import dev.hardwire.PatchResult;
import dev.hardwire.PatchTask;
import dev.hardwire.container.Attester;
import dev.hardwire.container.ContainerWriter;
import dev.hardwire.container.ImagePrograms;
import dev.hardwire.container.archive.UnpackLimit;
import dev.hardwire.manifest.FoundFiles;
import dev.hardwire.manifest.ImagePatch;
import dev.hardwire.manifest.ManifestRule;
import dev.hardwire.manifest.ManifestRules;
import dev.hardwire.policy.text.ManifestReader;
import dev.hardwire.spark.files.LocalCopy;
import dev.hardwire.spark.files.Upload;
import dev.hardwire.trees.FileTree;
import dev.hardwire.trees.TreeEntry;
import dev.hardwire.work.FailureText;
import dev.hardwire.work.ToolVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/**
 * Does what {@code hardwire apply} does on a unit, in a folder of its own, and takes the results to
 * the output. The rows are about what was written, and where nothing was, about the unit.
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
   * Prepares the work.
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
      Files.createDirectory(results);
      Path input = tree.resolve(relative(unit.name(), unit.relative()));
      Files.createDirectories(input.getParent());
      Files.copy(local, input, StandardCopyOption.COPY_ATTRIBUTES);
      List<Path> names = names(unit);
      for (Path other : names.subList(1, names.size())) {
        Files.createDirectories(tree.resolve(other).getParent());
        Files.createLink(tree.resolve(other), input);
      }
      ManifestRules rules = rules();
      FileTree.Choice choice = new FileTree.Choice(rules.globs(), List.of(), Optional.empty());
      Map<String, FleetRow.Change> changes =
          run(
              rules,
              FileTree.list(List.of(tree), choice).entries(),
              rule -> {
                FileWork<PatchResult> work =
                    rule.task(FoundFiles.of(rule.files())).each(Destination.directory(results));
                return file -> work.run(FoundFiles.of(file), Messages.NONE);
              });
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
    try (LocalCopy folder = LocalCopy.inNewFolder("results");
        ImagePrograms programs = new ImagePrograms(UnpackLimit.USUAL)) {
      Path result = Files.createDirectory(folder.path()).resolve(local.getFileName().toString());
      ImagePatch patch = new ImagePatch(programs);
      Map<String, FleetRow.Change> changes = new HashMap<>();
      run(
              rules(),
              programs.add(local),
              rule -> {
                PatchTask task = rule.task(FoundFiles.of(rule.files()));
                FileWork<PatchResult> work = task.replaceExisting().each(patch.destination());
                return file -> patch.run(work, file, Messages.NONE);
              })
          .forEach(
              (file, change) -> changes.put(file.substring(local.toString().length()), change));
      boolean isChanged =
          changes.values().stream().anyMatch(change -> change.result().equals(DONE));
      if (!isChanged || changes.values().stream().anyMatch(change -> !change.error().isEmpty())) {
        return rows.archive(unit, local, digest, withoutOutput(changes));
      }
      if (programs.isPackage()) {
        programs.writePackage(result, Optional.empty());
      } else {
        programs.writeImage(
            result, new ContainerWriter.Request(ToolVersion.text(), false, Attester.NONE));
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

  private ManifestRules rules() throws IOException {
    return new ManifestRules(ManifestReader.read(manifest));
  }

  /** Makes the work on the files of a rule. */
  private interface Preparation {
    Work of(ManifestRule rule) throws IOException;
  }

  /** Patches a file. */
  private interface Work {
    FileResult<PatchResult> run(TreeEntry file) throws IOException;
  }

  /** What is done with each file: those that no rule matches are missing. */
  private static Map<String, FleetRow.Change> run(
      ManifestRules rules, List<TreeEntry> files, Preparation preparation) throws IOException {
    rules.assign(files);
    Map<String, FleetRow.Change> changes = new HashMap<>();
    for (ManifestRule rule : rules.all()) {
      Work work = rule.rule().leave() ? null : preparation.of(rule);
      for (TreeEntry file : rule.files()) {
        FleetRow.Change change =
            work == null ? new FleetRow.Change(SKIPPED, "", "") : change(work, file);
        changes.put(file.file().toString(), change);
        file.otherNames().forEach(other -> changes.put(other.file().toString(), change));
      }
    }
    return changes;
  }

  private static FleetRow.Change change(Work work, TreeEntry file) {
    try {
      return switch (work.run(file).status()) {
        case DONE -> new FleetRow.Change(DONE, "", "");
        case ALREADY -> new FleetRow.Change("already", "", "");
        case SKIPPED -> new FleetRow.Change(SKIPPED, "", "");
      };
    } catch (IOException | RuntimeException e) {
      boolean isRefused =
          e instanceof HardwireException refused
              && !refused.reason().equals(HardwireException.SIGNATURE)
              && !refused.reason().equals(HardwireException.OUTPUT);
      String error = FailureText.of(file.file().toString(), e);
      return new FleetRow.Change(
          isRefused ? "refused" : "failed", "", error == null ? e.toString() : error);
    }
  }
}

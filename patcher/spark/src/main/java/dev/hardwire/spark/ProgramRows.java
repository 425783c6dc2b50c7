package dev.hardwire.spark;

import dev.hardwire.container.ImagePrograms;
import dev.hardwire.container.archive.UnpackLimit;
import dev.hardwire.input.ProgramFile;
import dev.hardwire.report.model.Origin;
import dev.hardwire.report.read.ProgramReader;
import dev.hardwire.trees.Glob;
import dev.hardwire.trees.TreeEntry;
import dev.hardwire.verify.PatchRemnants;
import dev.hardwire.work.FailureText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Makes rows about the programs of units, which are the same as in a local report. */
final class ProgramRows {
  private final ProgramReader reader;
  private final Function<Path, FleetRow.Closure> closures;

  /**
   * A maker of rows.
   *
   * @param closures what derivations depend on
   */
  ProgramRows(ProgramReader reader, Function<Path, FleetRow.Closure> closures) {
    this.reader = reader;
    this.closures = closures;
  }

  /** A row about a unit that cannot be read. */
  static FleetRow unreadable(FleetUnit unit, String digest, String reason) {
    return new FleetRow(
        ProgramReader.unreadable(Origin.of(unit.name()), reason),
        unit.name(),
        digest,
        FleetRow.Change.NONE,
        FleetRow.Closure.NONE);
  }

  /**
   * The row about a file; none if it is no executable.
   *
   * @param local where it can be read
   */
  List<FleetRow> plain(FleetUnit unit, Path local, String digest, FleetRow.Change change)
      throws IOException {
    Path shown = Path.of(unit.name());
    TreeEntry entry =
        new TreeEntry(
            shown,
            Path.of(unit.relative()),
            unit.named(),
            List.of(),
            Optional.of(local),
            Optional.empty());
    Optional<String> owner = Optional.of(unit.owner()).filter(name -> !name.isEmpty());
    Origin origin =
        new Origin(unit.name(), owner, unit.otherNames(), Optional.empty(), Optional.empty());
    try (ProgramFile program = ProgramFile.open(entry);
        ProgramFile wanted = program.evenIf(PatchRemnants::isIn)) {
      return wanted.skipped().isPresent()
          ? List.of()
          : List.of(row(origin, unit, digest, wanted, local, change));
    }
  }

  private FleetRow row(
      Origin origin,
      FleetUnit unit,
      String digest,
      ProgramFile program,
      Path local,
      FleetRow.Change change) {
    return new FleetRow(
        reader.read(origin, program.content()), unit.name(), digest, change, closures.apply(local));
  }

  /**
   * The rows about the executables in an image or package.
   *
   * @param local where it can be read
   * @param changes what was done, by the names of programs in it
   */
  List<FleetRow> archive(
      FleetUnit unit, Path local, String digest, Map<String, FleetRow.Change> changes)
      throws IOException {
    List<FleetRow> rows = new ArrayList<>();
    try (ImagePrograms images = new ImagePrograms(UnpackLimit.USUAL)) {
      List<TreeEntry> entries = images.add(local);
      for (TreeEntry entry : entries) {
        String inside = inside(entry, local);
        Origin origin =
            new Origin(
                unit.name() + inside,
                images.packageOf(entry),
                entry.otherNames().stream()
                    .map(other -> unit.name() + inside(other, local))
                    .toList(),
                images.layerOf(entry),
                Optional.of(new Origin.Inside(unit.name(), Glob.literal(entry.relative()))));
        FleetRow.Change change = changes.getOrDefault(inside, FleetRow.Change.NONE);
        Path copy = entry.content().orElseThrow();
        try (ProgramFile program = ProgramFile.open(entry);
            ProgramFile wanted = program.evenIf(PatchRemnants::isIn)) {
          if (wanted.skipped().isEmpty()) {
            rows.add(row(origin, unit, digest, wanted, copy, change));
          }
        } catch (IOException | RuntimeException e) {
          rows.add(
              new FleetRow(
                  ProgramReader.unreadable(origin, FailureText.of(origin.path(), e)),
                  unit.name(),
                  digest,
                  change,
                  FleetRow.Closure.NONE));
        }
      }
    }
    return rows;
  }

  /** The name of a program in an archive, such as {@code :/usr/bin/x}. */
  static String inside(TreeEntry entry, Path archive) {
    return entry.file().toString().substring(archive.toString().length());
  }
}

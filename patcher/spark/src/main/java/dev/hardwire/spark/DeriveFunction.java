package dev.hardwire.spark;

import dev.hardwire.container.ImagePrograms;
import dev.hardwire.container.archive.UnpackLimit;
import dev.hardwire.derive.Derivation;
import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.derive.Deriver;
import dev.hardwire.spark.files.LocalCopy;
import dev.hardwire.trees.TreeEntry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/** The work of a task: wanted programs of units become {@link RowSchema#SUMMARY}. */
final class DeriveFunction implements MapPartitionsFunction<Row, Row> {
  /** The column with paths and closures of programs. */
  static final String WANTED = "wanted";

  /** The column by which programs with the same libraries are together. */
  static final String LIBRARIES = "libraries";

  private final String settings;
  private final LibrarySummaries.Place libraries;

  DeriveFunction(String settings, LibrarySummaries.Place libraries) {
    this.settings = settings;
    this.libraries = libraries;
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    List<Row> summaries = new ArrayList<>();
    while (rows.hasNext()) {
      Row row = rows.next();
      Map<String, String> wanted = new HashMap<>();
      for (Row one : row.<Row>getList(row.fieldIndex(WANTED))) {
        wanted.put(one.getString(0), one.getString(1));
      }
      FleetUnit unit = FleetUnit.of(row);
      try (LocalCopy copy = LocalCopy.of(unit.location(), libraries.configuration().value())) {
        derive(unit, copy.path(), wanted, summaries);
      } catch (IOException | RuntimeException e) {
        wanted.values().forEach(closure -> summaries.add(failed(closure, Path.of(unit.name()), e)));
      }
    }
    Derivers.own(libraries).keep();
    return summaries.iterator();
  }

  private void derive(FleetUnit unit, Path local, Map<String, String> wanted, List<Row> summaries)
      throws IOException {
    String plain = wanted.remove(unit.name());
    if (plain != null) {
      summaries.add(summary(plain, local));
    }
    if (wanted.isEmpty()) {
      return;
    }
    try (ImagePrograms images = new ImagePrograms(UnpackLimit.USUAL)) {
      for (TreeEntry entry : images.add(local)) {
        String closure = wanted.remove(unit.name() + ProgramRows.inside(entry, local));
        if (closure != null) {
          summaries.add(summary(closure, entry.content().orElseThrow()));
        }
      }
    }
  }

  private Row summary(String closure, Path program) {
    try {
      Deriver deriver = Derivers.own(libraries);
      Derivation found = deriver.derive(program, DeriveOptions.PLAIN);
      if (!deriver.identity(program).text().equals(closure)) {
        throw new IOException("the program or a library changed while it was read");
      }
      return RowFactory.create(
          closure,
          settings,
          program.toString(),
          found.files().stream()
              .map(file -> RowFactory.create(file.path(), file.buildId(), file.sha256()))
              .toArray(Row[]::new),
          found.calls().values().stream()
              .map(call -> RowFactory.create(call.name(), call.number()))
              .toArray(Row[]::new),
          found.unknown().stream()
              .map(
                  site ->
                      RowFactory.create(
                          site.file(), site.place(), site.reason(), site.cause().name()))
              .toArray(Row[]::new),
          found.rules().toArray(new String[0]),
          found.loaded().toArray(new String[0]),
          found.composed().toArray(new String[0]),
          null);
    } catch (IOException | RuntimeException | StackOverflowError e) {
      return failed(closure, program, e);
    }
  }

  private Row failed(String closure, Path program, Throwable failure) {
    return RowFactory.create(
        closure,
        settings,
        program.toString(),
        new Row[0],
        new Row[0],
        new Row[0],
        new String[0],
        new String[0],
        new String[0],
        failure instanceof Exception exception
            ? Derivers.text(program, exception)
            : failure.toString());
  }
}

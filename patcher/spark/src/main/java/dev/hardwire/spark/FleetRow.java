package dev.hardwire.spark;

import dev.hardwire.derive.ClosureIdentity.Library;
import dev.hardwire.report.model.ProgramView;
import dev.hardwire.report.write.ProgramColumns;
import dev.hardwire.verify.result.Status;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/**
 * What is known of an executable, as {@link RowSchema#ROW} has it.
 *
 * @param program as a report shows it
 * @param source the unit that has it
 * @param sourceSha256 of that unit; empty if it cannot be read
 * @param change what was done with it
 * @param closure what a derivation depends on
 */
record FleetRow(
    ProgramView program, String source, String sourceSha256, Change change, Closure closure) {
  /**
   * What {@code apply} did.
   *
   * @param result a word of {@code docs/batch.schema.json}; empty if nothing was to be done
   * @param output the file that was written; empty if there is none
   * @param error why it could not be done; empty if it was
   */
  record Change(String result, String output, String error) {
    static final Change NONE = new Change("", "", "");

    /** Whether the reason may be gone when it is tried again. */
    boolean isFailed() {
      return result.equals("failed");
    }
  }

  /**
   * A program with its libraries.
   *
   * @param identity equal for programs from which the same is derived; empty if there is none
   * @param libraries of the program
   * @param error why nothing can be derived; empty if something can
   */
  record Closure(String identity, List<Library> libraries, String error) {
    static final Closure NONE = new Closure("", List.of(), "");
  }

  Row row() {
    Map<String, Object> columns = ProgramColumns.of(program, source, sourceSha256);
    if (program.status() != Status.UNREADABLE) {
      columns.put(ProgramColumns.ERROR, orNull(change.error()));
    }
    columns.put(ProgramColumns.RESULT, orNull(change.result()));
    columns.put(ProgramColumns.OUTPUT, orNull(change.output()));
    columns.put(RowSchema.CLOSURE, orNull(closure.identity()));
    columns.put(RowSchema.LIBRARIES, closure.identity().isEmpty() ? null : libraries());
    columns.put(RowSchema.DERIVE_ERROR, orNull(closure.error()));
    return RowFactory.create(
        Stream.of(RowSchema.ROW.fieldNames()).map(name -> value(columns.get(name))).toArray());
  }

  /** A value as Spark takes it. */
  private static Object value(Object value) {
    return value instanceof List<?> list ? list.stream().map(FleetRow::element).toArray() : value;
  }

  private static Object element(Object value) {
    return value instanceof ProgramColumns.Finding one
        ? RowFactory.create(one.rule(), one.level(), one.message())
        : value;
  }

  private Row[] libraries() {
    return closure.libraries().stream()
        .map(library -> RowFactory.create(library.path(), library.sha256()))
        .toArray(Row[]::new);
  }

  private static String orNull(String text) {
    return text.isEmpty() ? null : text;
  }
}

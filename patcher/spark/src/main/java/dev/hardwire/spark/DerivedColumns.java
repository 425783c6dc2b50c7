package dev.hardwire.spark;

import static org.apache.spark.sql.functions.lit;

import dev.hardwire.derive.Derivation;
import dev.hardwire.derive.Derivation.DerivedFile;
import dev.hardwire.derive.Derivation.ReachedCall;
import dev.hardwire.derive.Derivation.UnknownSite;
import dev.hardwire.derive.DeriveException;
import dev.hardwire.derive.DerivedPolicy;
import dev.hardwire.derive.UnknownAnswer;
import dev.hardwire.report.write.ProgramColumns;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Adds to rows what was derived from programs: calls, and the policy of {@code hardwire derive}.
 */
final class DerivedColumns implements MapFunction<Row, Row> {
  static final StructType SCHEMA =
      RowSchema.ROW
          .add(ProgramColumns.DERIVED_CALLS, new ArrayType(DataTypes.StringType, false))
          .add(ProgramColumns.DERIVED_POLICY, DataTypes.StringType)
          .add(ProgramColumns.DERIVED_SHA256, DataTypes.StringType);

  /** The same columns for rows of work that derives nothing. */
  static Dataset<Row> none(Dataset<Row> rows) {
    for (StructField field :
        List.of(SCHEMA.fields()).subList(RowSchema.ROW.size(), SCHEMA.size())) {
      rows = rows.withColumn(field.name(), lit(null).cast(field.dataType()));
    }
    return rows;
  }

  @Override
  public Row call(Row row) {
    Object[] columns = new Object[SCHEMA.size()];
    for (int i = 0; i < RowSchema.ROW.size(); i++) {
      columns[i] = row.getAs(SCHEMA.fields()[i].name());
    }
    String program = row.getAs("program");
    String error = row.getAs(RowSchema.SUMMARY_ERROR);
    if (program != null && error == null) {
      Derivation found = derivation(row, program, row.getAs(RowSchema.PATH));
      columns[RowSchema.ROW.size()] = found.calls().keySet().toArray(new String[0]);
      try {
        DerivedPolicy policy =
            DerivedPolicy.of(found, name(found.program()), new UnknownAnswer.Refuse(), false);
        columns[RowSchema.ROW.size() + 1] = policy.text();
        columns[RowSchema.ROW.size() + 2] = policy.sha256();
      } catch (DeriveException unknown) {
        error = unknown.getMessage();
      }
    }
    if (error != null) {
      columns[RowSchema.ROW.fieldIndex(RowSchema.DERIVE_ERROR)] = error;
    }
    return RowFactory.create(columns);
  }

  /** The last part of a path. */
  private static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /**
   * What was derived, for one of the files with the program.
   *
   * @param program where it lay when it was analysed
   * @param path of the file
   */
  private static Derivation derivation(Row row, String program, String path) {
    List<DerivedFile> files = new ArrayList<>();
    for (Row file : list(row, "files")) {
      files.add(
          new DerivedFile(
              renamed(file.getString(0), program, path), file.getString(1), file.getString(2)));
    }
    SortedMap<String, ReachedCall> calls = new TreeMap<>();
    for (Row call : list(row, "calls")) {
      calls.put(
          call.getString(0),
          new ReachedCall(call.getString(0), call.getInt(1), List.of(), List.of()));
    }
    List<UnknownSite> unknown = new ArrayList<>();
    for (Row site : list(row, "unknown")) {
      unknown.add(
          new UnknownSite(
              renamed(site.getString(0), program, path),
              site.getString(1),
              site.getString(2),
              Derivation.Cause.valueOf(site.getString(3)),
              List.of()));
    }
    return new Derivation(
        path,
        files,
        calls,
        unknown,
        row.getList(row.fieldIndex("rules")),
        row.getList(row.fieldIndex("loaded")),
        row.getList(row.fieldIndex("composed")));
  }

  private static List<Row> list(Row row, String column) {
    return row.getList(row.fieldIndex(column));
  }

  private static String renamed(String file, String program, String path) {
    return file.equals(program) ? path : file;
  }
}

package dev.hardwire.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.min_by;
import static org.apache.spark.sql.functions.struct;

import java.io.IOException;
import java.util.function.LongToIntFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Derives from each program once, however many files have it: a program is known by the digests of
 * itself and its libraries. Programs with the same libraries go to the same task.
 */
final class DeriveStage {
  private final RowStore store;
  private final String settings;
  private final SerializableConfiguration configuration;

  DeriveStage(RowStore store, String settings, SerializableConfiguration configuration) {
    this.store = store;
    this.settings = settings;
    this.configuration = configuration;
  }

  /**
   * Derives what is not known yet, and tries again what failed.
   *
   * @param rows about all programs
   * @param units the units that have them
   * @param tasks the number of tasks for a number of units
   */
  void run(Dataset<Row> rows, Dataset<Row> units, LongToIntFunction tasks) throws IOException {
    Dataset<Row> missing =
        rows.filter(col(RowSchema.CLOSURE).isNotNull())
            .join(
                store.summaries(settings).filter(col(RowSchema.SUMMARY_ERROR).isNull()),
                RowSchema.CLOSURE,
                "left_anti")
            .groupBy(RowSchema.CLOSURE)
            .agg(
                min_by(col(RowSchema.SOURCE), col(RowSchema.PATH)).as(RowSchema.SOURCE),
                min(col(RowSchema.PATH)).as(RowSchema.PATH))
            .groupBy(RowSchema.SOURCE)
            .agg(
                collect_list(struct(col(RowSchema.PATH), col(RowSchema.CLOSURE)))
                    .as(DeriveFunction.WANTED),
                min(col(RowSchema.CLOSURE)).as(DeriveFunction.LIBRARIES));
    Dataset<Row> work = units.join(missing, RowSchema.SOURCE).cache();
    long count = work.count();
    if (count > 0) {
      store.addSummaries(
          work.repartitionByRange(tasks.applyAsInt(count), col(DeriveFunction.LIBRARIES))
              .mapPartitions(
                  new DeriveFunction(settings, configuration), Encoders.row(RowSchema.SUMMARY)));
    }
    work.unpersist();
  }

  /** The rows with what was derived. */
  Dataset<Row> columns(Dataset<Row> rows) throws IOException {
    return rows.join(store.summaries(settings), RowSchema.CLOSURE, "left")
        .map(new DerivedColumns(), Encoders.row(DerivedColumns.SCHEMA));
  }
}

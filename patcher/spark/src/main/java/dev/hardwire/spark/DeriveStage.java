package dev.hardwire.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.min_by;
import static org.apache.spark.sql.functions.struct;

import java.io.IOException;
import java.util.List;
import java.util.function.LongToIntFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Derives from each program once, however many files have it: a program is known by the digests of
 * itself and its libraries. Before that, the summary of each library is made once. Programs with
 * the same libraries go to the same task, which reads the summaries of these.
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
   * @return how many summaries of libraries were made
   */
  long run(Dataset<Row> rows, Dataset<Row> units, LongToIntFunction tasks) throws IOException {
    Dataset<Row> closures =
        rows.filter(col(RowSchema.CLOSURE).isNotNull())
            .join(
                store.summaries(settings).filter(col(RowSchema.SUMMARY_ERROR).isNull()),
                RowSchema.CLOSURE,
                "left_anti")
            .groupBy(RowSchema.CLOSURE)
            .agg(
                min_by(col(RowSchema.SOURCE), col(RowSchema.PATH)).as(RowSchema.SOURCE),
                min_by(col(RowSchema.LIBRARIES), col(RowSchema.PATH)).as(RowSchema.LIBRARIES),
                min(col(RowSchema.PATH)).as(RowSchema.PATH))
            .cache();
    LibrarySummaries.Place libraries = summarise(closures, tasks);
    Dataset<Row> missing =
        closures
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
                  new DeriveFunction(settings, libraries), Encoders.row(RowSchema.SUMMARY)));
    }
    work.unpersist();
    closures.unpersist();
    return libraries.made().value();
  }

  /**
   * Makes the summaries of all libraries that are needed, each in one place.
   *
   * @param closures of programs
   */
  private LibrarySummaries.Place summarise(Dataset<Row> closures, LongToIntFunction tasks) {
    LibrarySummaries.Place place =
        LibrarySummaries.Place.of(store.libraries(), settings, store.spark(), configuration);
    List<Row> libraries =
        closures
            .select(explode(col(RowSchema.LIBRARIES)).as("library"))
            .select(col("library." + RowSchema.PATH), col("library." + RowSchema.SHA256))
            .groupBy(RowSchema.SHA256)
            .agg(min(col(RowSchema.PATH)).as(RowSchema.PATH))
            .select(RowSchema.PATH, RowSchema.SHA256)
            .collectAsList();
    if (!libraries.isEmpty()) {
      store
          .spark()
          .createDataFrame(libraries, RowSchema.LIBRARY)
          .repartition(tasks.applyAsInt(libraries.size()))
          .foreachPartition(new SummaryFunction(place));
    }
    return place;
  }

  /** The rows with what was derived. */
  Dataset<Row> columns(Dataset<Row> rows) throws IOException {
    return rows.join(store.summaries(settings), RowSchema.CLOSURE, "left")
        .map(new DerivedColumns(), Encoders.row(DerivedColumns.SCHEMA));
  }
}

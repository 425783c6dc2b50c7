package dev.hardwire.spark;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.max_by;
import static org.apache.spark.sql.functions.min_by;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.when;

import dev.hardwire.spark.files.OutputLock;
import java.io.IOException;
import java.util.List;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The directory with the results of earlier runs. The state grows by one record for each unit that
 * was worked on, the last of which counts; the rows are made of it at the end of a run.
 */
final class RowStore {
  private static final String STATE = "state";
  private static final String SUMMARIES = "summaries/programs";
  private static final String LIBRARIES = "summaries/libraries";
  private static final String NEW = ".new";
  private static final String OLD = ".old";

  private final SparkSession spark;
  private final Path folder;
  private final FileSystem files;

  RowStore(SparkSession spark, Path folder) throws IOException {
    this.spark = spark;
    this.folder = folder;
    this.files = folder.getFileSystem(spark.sparkContext().hadoopConfiguration());
  }

  /** Ends what an earlier run was killed at, if that was between two renames. */
  void recover() throws IOException {
    if (!files.exists(rows()) && files.exists(rows(OLD))) {
      rename(rows(OLD), rows());
    }
  }

  private Path rows() {
    return new Path(folder, RowSchema.ROWS);
  }

  private Path rows(String suffix) {
    return new Path(folder, "." + RowSchema.ROWS + suffix);
  }

  /** The rows of the last finished run. */
  Dataset<Row> readRows() throws IOException {
    for (Path place : List.of(rows(), rows(OLD))) { // the latter between two renames
      if (files.exists(place)) {
        return spark.read().parquet(place.toString());
      }
    }
    throw new IOException(folder + ": has no rows; give the OUTPUT of earlier work");
  }

  private boolean has(String name) throws IOException {
    return files.exists(new Path(folder, name));
  }

  private Dataset<Row> read(String name, StructType schema) throws IOException {
    Path path = new Path(folder, name);
    return has(name)
        ? spark.read().schema(schema).parquet(path.toString())
        : spark.createDataFrame(List.of(), schema);
  }

  private void append(String name, Dataset<Row> records) {
    records
        .write()
        .mode(SaveMode.Append)
        .option("compression", "zstd")
        .parquet(new Path(folder, name).toString());
  }

  /** The number of the next run. */
  long nextRun() throws IOException {
    if (!has(STATE)) {
      return 0; // a job of Spark less
    }
    return read(STATE, RowSchema.STATE)
            .agg(coalesce(max(col(RowSchema.RUN)), lit(-1L)))
            .first()
            .getLong(0)
        + 1;
  }

  void addState(Dataset<Row> records) {
    append(STATE, records);
  }

  void addSummaries(Dataset<Row> records) {
    append(SUMMARIES, records);
  }

  /** Where summaries of libraries are. */
  Path libraries() {
    return new Path(folder, LIBRARIES);
  }

  /** The session that reads and writes. */
  SparkSession spark() {
    return spark;
  }

  /** What was derived by the same version; an error only where no other try succeeded. */
  Dataset<Row> summaries(String settings) throws IOException {
    return read(SUMMARIES, RowSchema.SUMMARY)
        .filter(col(RowSchema.SETTINGS).equalTo(settings))
        .drop(RowSchema.SETTINGS)
        .groupBy(RowSchema.CLOSURE)
        .agg(min_by(struct(col("*")), col(RowSchema.SUMMARY_ERROR).isNotNull()).as("best"))
        .select("best.*");
  }

  /** The last record about each unit. */
  Dataset<Row> latest() throws IOException {
    return read(STATE, RowSchema.STATE)
        .groupBy(RowSchema.SOURCE)
        .agg(
            max_by(
                    struct(
                        col(RowSchema.SOURCE_SHA256), col(RowSchema.SETTINGS), col(RowSchema.ROWS)),
                    col(RowSchema.RUN))
                .as("last"))
        .select(
            col(RowSchema.SOURCE),
            col("last." + RowSchema.SOURCE_SHA256),
            col("last." + RowSchema.SETTINGS),
            col("last." + RowSchema.ROWS));
  }

  /**
   * Adds to units what is known of them: the digest of those whose records are still good, an empty
   * text for others with rows, and nothing for those without.
   *
   * @param settings what records that are still good depend on, for a unit
   */
  Dataset<Row> known(Dataset<Row> units, Column settings) throws IOException {
    if (!has(STATE)) {
      return units.withColumn(FleetUnit.KNOWN, lit(null).cast(DataTypes.StringType));
    }
    Dataset<Row> latest =
        latest()
            .filter(size(col(RowSchema.ROWS)).gt(0))
            .select(RowSchema.SOURCE, RowSchema.SOURCE_SHA256, RowSchema.SETTINGS);
    return units
        .join(latest, RowSchema.SOURCE, "left")
        .withColumn(
            FleetUnit.KNOWN,
            when(col(RowSchema.SETTINGS).isNull(), lit(null))
                .when(
                    col(RowSchema.SETTINGS).equalTo(settings),
                    coalesce(col(RowSchema.SOURCE_SHA256), lit("")))
                .otherwise(""))
        .drop(RowSchema.SOURCE_SHA256, RowSchema.SETTINGS);
  }

  /** Replaces the rows. */
  void replaceRows(Dataset<Row> all, OutputLock lock) throws IOException {
    all.write()
        .mode(SaveMode.Overwrite)
        .option("compression", "zstd")
        .parquet(rows(NEW).toString());
    lock.check();
    files.delete(rows(OLD), true);
    if (files.exists(rows())) {
      rename(rows(), rows(OLD));
    }
    rename(rows(NEW), rows());
    files.delete(rows(OLD), true);
  }

  private void rename(Path from, Path to) throws IOException {
    if (!files.rename(from, to)) {
      throw new IOException(from + ": cannot be renamed to " + to);
    }
  }
}

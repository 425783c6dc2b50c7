package dev.hardwire.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode;

import dev.hardwire.spark.files.OutputLock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;

/** A run over all units of an input. */
final class FleetRun {
  /** Few enough that little is lost with an executor. */
  private static final int UNITS_OF_TASK = 64;

  private static final int TASKS_OF_CORE = 4;

  /** For joins, not for the work on units. */
  private static final int RECORDS_OF_TASK = 2000;

  private static final String PARTITIONS = "spark.sql.shuffle.partitions";

  private final SparkSession spark;
  private final FleetSettings settings;
  private final RowStore store;
  private final OutputLock lock;
  private final SerializableConfiguration configuration;

  FleetRun(SparkSession spark, FleetSettings settings, Path output, OutputLock lock)
      throws IOException {
    this.spark = spark;
    this.settings = settings;
    this.lock = lock;
    this.store = new RowStore(spark, output);
    this.configuration = new SerializableConfiguration(spark.sparkContext().hadoopConfiguration());
  }

  /**
   * Works on what is new, and replaces the rows by those of all units.
   *
   * @param wave number of units after which records are kept
   * @param notes takes lines for people
   */
  void run(List<FleetUnit> units, int wave, Consumer<String> notes) throws IOException {
    if (!spark.sparkContext().getConf().contains(PARTITIONS)) {
      // Spark would make 200 tasks of every join, each of which takes longer than its records.
      spark.conf().set(PARTITIONS, Math.max(1, units.size() / RECORDS_OF_TASK));
    }
    store.recover();
    long run = store.nextRun();
    UnitFunction function = new UnitFunction(settings, configuration, run);
    for (int from = 0; from < units.size(); from += wave) {
      List<FleetUnit> part = units.subList(from, Math.min(units.size(), from + wave));
      Dataset<Row> known = store.known(table(part), settings.key(col(FleetUnit.RELATIVE)));
      lock.check();
      store.addState(
          known
              .repartition(tasks(part.size()))
              .mapPartitions(function, Encoders.row(RowSchema.STATE)));
    }
    Dataset<Row> table = table(units);
    Dataset<Row> rows =
        store
            .latest()
            .join(table.select(RowSchema.SOURCE), "source", "left_semi")
            .select(explode(col(RowSchema.ROWS)).as("row"))
            .select("row.*");
    if (settings.work() == FleetOptions.Command.DERIVE) {
      DeriveStage derive = new DeriveStage(store, settings.digest(), configuration);
      long made = derive.run(rows, table, this::tasks);
      notes.accept("summaries of %d libraries were made".formatted(made));
      store.replaceRows(derive.columns(rows), lock);
    } else {
      store.replaceRows(DerivedColumns.none(rows), lock);
    }
  }

  private Dataset<Row> table(List<FleetUnit> units) {
    List<Row> rows = new ArrayList<>(units.size());
    units.forEach(unit -> rows.add(unit.row()));
    return spark.createDataFrame(rows, FleetUnit.SCHEMA);
  }

  /** The number of tasks for a number of units. */
  private int tasks(long units) {
    int cores = spark.sparkContext().defaultParallelism();
    long wanted = Math.max((long) cores * TASKS_OF_CORE, units / UNITS_OF_TASK);
    return (int) Math.max(1, Math.min(units, wanted));
  }
}

package dev.hardwire.spark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.util.SerializableConfiguration;
import org.apache.spark.util.TaskCompletionListener;

/** The work of a task: units become records of {@link RowSchema#STATE}. */
final class UnitFunction implements MapPartitionsFunction<Row, Row> {
  private final FleetSettings settings;
  private final SerializableConfiguration configuration;
  private final long run;

  UnitFunction(FleetSettings settings, SerializableConfiguration configuration, long run) {
    this.settings = settings;
    this.configuration = configuration;
    this.run = run;
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) throws IOException {
    List<UnitWork.Task> tasks = new ArrayList<>();
    while (rows.hasNext()) {
      Row row = rows.next();
      tasks.add(new UnitWork.Task(FleetUnit.of(row), row.getAs(FleetUnit.KNOWN)));
    }
    UnitWork work = UnitWork.start(settings, configuration.value(), run);
    TaskContext.get().addTaskCompletionListener(new Closing(work));
    return new Results(work, tasks.iterator());
  }

  /** Removes temporary files, also when a task is ended early. */
  private record Closing(UnitWork work) implements TaskCompletionListener {
    @Override
    public void onTaskCompletion(TaskContext context) {
      work.close();
    }
  }

  /** Does the work when its result is asked for, so that memory holds one unit at a time. */
  private static final class Results implements Iterator<Row> {
    private final UnitWork work;
    private final Iterator<UnitWork.Task> tasks;
    private Row next;

    Results(UnitWork work, Iterator<UnitWork.Task> tasks) {
      this.work = work;
      this.tasks = tasks;
    }

    @Override
    public boolean hasNext() {
      while (next == null && tasks.hasNext()) {
        next = work.record(tasks.next()).orElse(null);
      }
      return next != null;
    }

    @Override
    public Row next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      Row result = next;
      next = null;
      return result;
    }
  }
}

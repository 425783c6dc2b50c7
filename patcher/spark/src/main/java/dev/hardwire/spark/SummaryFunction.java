package dev.hardwire.spark;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import org.apache.spark.api.java.function.ForeachPartitionFunction;
import org.apache.spark.sql.Row;

/** The work of a task: summaries of libraries, which {@link RowSchema#LIBRARY} names. */
final class SummaryFunction implements ForeachPartitionFunction<Row> {
  private final LibrarySummaries.Place place;

  SummaryFunction(LibrarySummaries.Place place) {
    this.place = place;
  }

  @Override
  public void call(Iterator<Row> rows) {
    while (rows.hasNext()) {
      Row row = rows.next();
      try {
        Derivers.own(place)
            .summarise(
                Path.of(row.<String>getAs(RowSchema.PATH)), row.<String>getAs(RowSchema.SHA256));
      } catch (IOException | RuntimeException | StackOverflowError e) {
        // the rows of the programs that need it have the reason
      }
    }
  }
}

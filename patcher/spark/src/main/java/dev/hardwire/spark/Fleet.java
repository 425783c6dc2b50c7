package dev.hardwire.spark;

import dev.hardwire.spark.files.OutputLock;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkUserAppException;
import org.apache.spark.sql.SparkSession;

/**
 * Works on whole archives of packages, images and trees on a cluster of Apache Spark:
 *
 * <pre>spark-submit --class dev.hardwire.spark.Fleet hardwire-spark.jar audit INPUT OUTPUT</pre>
 */
public final class Fleet {
  private Fleet() {}

  /**
   * Does what the words say.
   *
   * @throws SparkUserAppException with the exit code, if that is not 0
   */
  public static void main(String... words) throws SparkUserAppException {
    PrintWriter out = writer(FileDescriptor.out);
    PrintWriter err = writer(FileDescriptor.err);
    int code = 0;
    try {
      FleetOptions options = FleetOptions.parse(words);
      try (SparkSession spark =
          SparkSession.builder().appName("hardwire " + words[0]).getOrCreate()) {
        run(spark, options, out, note -> err.println("hardwire: " + note));
      }
    } catch (Exception e) { // Spark throws checked exceptions that it does not declare
      code = FleetFailures.report(e, err);
    }
    out.flush();
    err.flush();
    if (code != 0) {
      throw new SparkUserAppException(code, null); // spark-submit ends with the code
    }
  }

  private static PrintWriter writer(FileDescriptor descriptor) {
    return new PrintWriter(
        new OutputStreamWriter(new FileOutputStream(descriptor), StandardCharsets.UTF_8));
  }

  private static void run(
      SparkSession spark, FleetOptions options, PrintWriter out, Consumer<String> notes)
      throws Exception {
    Configuration configuration = spark.sparkContext().hadoopConfiguration();
    if (options.command() == FleetOptions.Command.REPORT) {
      FleetReport.write(spark, qualified(options.input(), configuration), options.output());
      return;
    }
    Path output = qualified(options.output(), configuration);
    FleetSettings settings =
        FleetSettings.read(
            options.command(), options.trust(), options.manifest(), output.toString());
    requireOutside(qualified(options.input(), configuration), output);
    List<FleetUnit> units = UnitList.of(options.input(), configuration);
    if (units.isEmpty()) {
      throw new IOException(options.input() + ": contains no file");
    }
    if (settings.work() == FleetOptions.Command.APPLY) {
      requireOwnOutputs(units);
    }
    try (OutputLock lock = OutputLock.take(output, configuration, OutputLock.BEAT)) {
      new FleetRun(spark, settings, output, lock).run(units, options.wave(), notes);
      FleetReport.totals(spark, output).forEach(out::println);
    } catch (Exception e) { // Spark throws checked exceptions that it does not declare
      throw FleetFailures.of(output, e);
    }
  }

  /** Results would be found among the input of the next run. */
  public static void requireOutside(Path input, Path output) {
    for (Path above = output; above != null; above = above.getParent()) {
      if (above.equals(input)) {
        throw new UsageException(output + " is in " + input + "; give an OUTPUT outside of INPUT");
      }
    }
  }

  /** Files of several listed directories can have the same paths there. */
  private static void requireOwnOutputs(List<FleetUnit> units) {
    Map<String, FleetUnit> first = new HashMap<>();
    for (FleetUnit unit : units) {
      FleetUnit other = first.putIfAbsent(unit.relative(), unit);
      if (other != null) {
        throw new UsageException(
            "the results of %s and %s would be written to one file; apply to each directory alone"
                .formatted(other.name(), unit.name()));
      }
    }
  }

  private static Path qualified(String path, Configuration configuration) throws IOException {
    Path given = new Path(path);
    return given.getFileSystem(configuration).makeQualified(given);
  }
}

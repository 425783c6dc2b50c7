package dev.hardwire.spark;

import dev.hardwire.input.IoText;
import java.io.IOException;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkThrowable;

/** What failures of Spark and Hadoop say, without their stack traces. */
public final class FleetFailures {
  private FleetFailures() {}

  /**
   * The failure to report. A file system that cannot be written or read ends the job with an
   * exception of Spark, which has that of the file system among its causes.
   *
   * @param output of the run
   */
  public static Exception of(Path output, Exception failure) {
    if (failure instanceof SparkThrowable) {
      String reason = firstLine(reason(failure));
      return new IOException(
          "%s: not finished: %s; what was done is kept, run again to continue"
              .formatted(output, reason),
          failure);
    }
    return failure instanceof IOException io
            && !(failure.getMessage() + "").startsWith(output + ":")
        ? new IOException(output + ": " + firstLine(IoText.of(null, io)), io)
        : failure;
  }

  /** The text of the innermost cause about files; if there is none, of the innermost cause. */
  private static String reason(Throwable failure) {
    Throwable last = failure;
    String found = null;
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      last = cause;
      if (cause instanceof IOException io) {
        found = IoText.of(null, io);
      }
    }
    return found == null ? String.valueOf(last.getMessage()) : found;
  }

  private static String firstLine(String text) {
    return String.valueOf(text).lines().findFirst().orElse("no reason is given");
  }
}

package dev.hardwire.spark;

import dev.hardwire.input.IoText;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.sign.algorithm.SignatureFault;
import dev.hardwire.text.VisibleText;
import dev.hardwire.work.FailureText;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkThrowable;

/** What failures of Spark and Hadoop say, without their stack traces. */
public final class FleetFailures {
  private static final int INTERNAL = 1;
  private static final int USAGE = 2;
  private static final int INVALID_POLICY = 4;
  private static final int INPUT_OUTPUT = 6;

  private FleetFailures() {}

  /**
   * Prints what ended a run.
   *
   * @return the exit code of the same failure of {@code hardwire}
   */
  static int report(Exception thrown, PrintWriter err) {
    Exception failure = FailureText.unwrapped(thrown);
    int code = code(failure);
    if (code == INTERNAL) {
      err.println("hardwire: internal error; please report this with the stack trace below");
      failure.printStackTrace(err);
    } else {
      err.println("hardwire: " + VisibleText.of(FailureText.of(null, failure)));
    }
    if (failure instanceof UsageException) {
      err.print(FleetOptions.USAGE);
    }
    return code;
  }

  private static int code(Exception failure) {
    if (failure instanceof UsageException
        || failure instanceof SignatureFault
        || failure instanceof InvalidPathException) {
      return USAGE;
    }
    if (failure instanceof PolicyException) {
      return INVALID_POLICY;
    }
    return failure instanceof IOException ? INPUT_OUTPUT : INTERNAL;
  }

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

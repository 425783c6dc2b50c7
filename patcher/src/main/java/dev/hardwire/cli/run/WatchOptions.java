package dev.hardwire.cli.run;

import dev.hardwire.cli.options.OptionHeading;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.learn.Learned;
import dev.hardwire.learn.Learner;
import dev.hardwire.os.AuditRecords;
import dev.hardwire.output.DelayedEnd;
import java.io.IOException;
import picocli.CommandLine.Option;

/** Learning from the records that the kernel makes from now on. */
@OptionHeading("Watching a program at work")
public final class WatchOptions {
  @Option(
      names = "--watch",
      description =
          "Learn from the kernel's records as they are made, until SIGTERM or SIGINT: of a program"
              + " whose policy logs calls, or whose accesses Landlock denies. Requires --exe or"
              + " --pid, and -o, which is written whenever something new appears.")
  private boolean watch;

  @Option(
      names = "--for",
      paramLabel = "SECONDS",
      description = "With --watch: end after this time.")
  private Long seconds;

  /** What is done with a result, which may grow. */
  interface Result {
    void take(Learned learned) throws IOException;
  }

  boolean isOn() {
    if (!watch && seconds != null) {
      throw new UsageException("--for requires --watch");
    }
    if (seconds != null && (seconds < 1 || seconds > Integer.MAX_VALUE)) {
      throw new UsageException("--for requires a positive number of seconds");
    }
    return watch;
  }

  /**
   * Learns until the time is over or this process is told to end.
   *
   * @param saved gets the result each time that it has grown
   * @return the result at the end
   */
  Learned watch(Learner learner, Result saved) throws IOException {
    try (AuditRecords records = AuditRecords.open()) {
      int[] known = {0};
      AuditStream log =
          new AuditStream(
              records,
              seconds == null ? 0 : seconds,
              () -> {
                Learned learned = learner.learned();
                int found = learned.distinct() + learned.denials();
                if (found > known[0]) {
                  known[0] = found;
                  saved.take(learned);
                }
              });
      DelayedEnd end = DelayedEnd.of(log::stop);
      try {
        learner.read("the kernel's audit records", log);
        Learned learned = learner.learned();
        saved.take(learned);
        return learned;
      } finally {
        end.release();
      }
    }
  }
}

package dev.hardwire.cli.run;

import dev.hardwire.cli.options.OptionHeading;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.learn.Learned;
import dev.hardwire.learn.Learner;
import dev.hardwire.os.AuditRecords;
import dev.hardwire.output.DelayedEnd;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
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

  /** The kernel's records of seccomp and Landlock as a log that ends when its reader is told so. */
  private static final class AuditStream extends InputStream {
    /** AUDIT_SECCOMP, AUDIT_LANDLOCK_ACCESS, AUDIT_LANDLOCK_DOMAIN. */
    private static final Set<Integer> WANTED = Set.of(1326, 1423, 1424);

    private static final int PERIOD_MILLIS = 20;

    /** Work that is due when everything so far has been read. */
    interface Pause {
      void run() throws IOException;
    }

    private final AuditRecords records;
    private final Pause pause;

    /** When the log ends, as System.nanoTime() has it. */
    private final long end;

    private final boolean endless;
    private volatile boolean stopped;
    private byte[] line = {};
    private int at;

    /**
     * @param seconds after which the log ends; 0 for never
     */
    AuditStream(AuditRecords records, long seconds, Pause pause) {
      this.records = records;
      this.pause = pause;
      this.endless = seconds == 0;
      this.end = System.nanoTime() + seconds * 1_000_000_000L;
    }

    /** Ends the log; may be called by any thread. */
    void stop() {
      stopped = true;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      while (at == line.length) {
        if (!next()) {
          return -1;
        }
      }
      int count = Math.min(length, line.length - at);
      System.arraycopy(line, at, into, offset, count);
      at += count;
      return count;
    }

    /** Gets the next line, which may be empty; returns false at the end. */
    private boolean next() throws IOException {
      Optional<AuditRecords.Message> message = records.poll();
      if (message.isEmpty()) {
        pause.run();
        if (stopped || (!endless && System.nanoTime() - end > 0)) {
          return false;
        }
        sleep();
        return true;
      }
      String text = "";
      if (message.get() instanceof AuditRecords.Dropped) {
        text = "audit: backlog limit exceeded\n";
      } else if (message.get() instanceof AuditRecords.Entry entry
          && WANTED.contains(entry.type())) {
        text = "type=%d %s\n".formatted(entry.type(), entry.text());
      }
      line = text.getBytes(StandardCharsets.ISO_8859_1);
      at = 0;
      return true;
    }

    private void sleep() {
      try {
        Thread.sleep(PERIOD_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        stopped = true;
      }
    }
  }
}

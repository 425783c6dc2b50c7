package dev.hardwire.cli.terminal;

import java.io.PrintWriter;
import java.util.function.LongSupplier;

/**
 * A bar in the last line of a terminal, with the rate of the work and when it will be done. It is
 * drawn over, so other lines need it cleared first.
 */
public final class ProgressBar {
  public static final ProgressBar NONE = new ProgressBar(null, 0);

  private static final int WIDTH = 30;
  private static final String ERASE = "\r\033[K";
  private static final double SECOND = 1e9;
  private static final int MINUTE = 60;

  /** Before that, in seconds, neither rate nor end are known well enough. */
  private static final double SHORT = 1;

  private final PrintWriter err;
  private final int total;
  private final LongSupplier clock;
  private final long start;
  private int done;
  private boolean drawn;

  /** A bar for so many files. */
  public ProgressBar(PrintWriter err, int total) {
    this(err, total, System::nanoTime);
  }

  ProgressBar(PrintWriter err, int total, LongSupplier clock) {
    this.err = err;
    this.total = total;
    this.clock = clock;
    this.start = clock.getAsLong();
  }

  /** One more file is done. */
  public void advance() {
    if (err == null) {
      return;
    }
    done++;
    int filled = (int) ((long) WIDTH * done / total);
    err.print(
        "[%s%s] %d of %d files%s"
            .formatted("#".repeat(filled), " ".repeat(WIDTH - filled), done, total, speed()));
    err.flush();
    drawn = true;
  }

  private String speed() {
    double seconds = (clock.getAsLong() - start) / SECOND;
    if (seconds < SHORT) {
      return "";
    }
    double rate = done / seconds;
    String text = rate < 10 ? "%.1f".formatted(rate) : "%.0f".formatted(rate);
    return ", %s/s%s".formatted(text, done == total ? "" : ", " + left((total - done) / rate));
  }

  private static String left(double seconds) {
    long whole = (long) Math.ceil(seconds);
    return whole < 2 * MINUTE
        ? whole + " s left"
        : "%d min left".formatted((whole + MINUTE - 1) / MINUTE);
  }

  /** Removes it from the terminal. */
  public void clear() {
    if (drawn) {
      err.print(ERASE);
      err.flush();
      drawn = false;
    }
  }
}

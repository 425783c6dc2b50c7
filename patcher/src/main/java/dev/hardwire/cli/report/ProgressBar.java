package dev.hardwire.cli.report;

import java.io.PrintWriter;

/** A bar in the last line of a terminal. It is drawn over, so other lines need it cleared first. */
public final class ProgressBar {
  public static final ProgressBar NONE = new ProgressBar(null, 0);

  private static final int WIDTH = 40;
  private static final String ERASE = "\r\033[K";

  private final PrintWriter err;
  private final int total;
  private int done;
  private boolean drawn;

  public ProgressBar(PrintWriter err, int total) {
    this.err = err;
    this.total = total;
  }

  /** One more file is done. */
  public void advance() {
    if (err == null) {
      return;
    }
    done++;
    int filled = (int) ((long) WIDTH * done / total);
    err.print(
        "[%s%s] %d of %d files"
            .formatted("#".repeat(filled), " ".repeat(WIDTH - filled), done, total));
    err.flush();
    drawn = true;
  }

  public void clear() {
    if (drawn) {
      err.print(ERASE);
      err.flush();
      drawn = false;
    }
  }
}

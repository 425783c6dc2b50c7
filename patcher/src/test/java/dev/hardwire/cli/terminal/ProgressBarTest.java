package dev.hardwire.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ProgressBarTest {
  private static final long SECOND = 1_000_000_000L;

  private final StringWriter shown = new StringWriter();
  private long now;

  private String next(ProgressBar bar) {
    bar.clear();
    shown.getBuffer().setLength(0);
    bar.advance();
    return shown.toString();
  }

  @Test
  void rateAndEndAreShownWhenTheyAreKnown() {
    ProgressBar bar = new ProgressBar(new PrintWriter(shown), 400, () -> now);
    assertThat(next(bar)).isEqualTo("[" + " ".repeat(30) + "] 1 of 400 files");
    now = 2 * SECOND;
    for (int i = 0; i < 98; i++) {
      bar.advance();
    }
    assertThat(next(bar))
        .isEqualTo("[#######" + " ".repeat(23) + "] 100 of 400 files, 50/s, 6 s left");
    now = 50 * SECOND;
    assertThat(next(bar)).endsWith("] 101 of 400 files, 2.0/s, 3 min left");
    for (int i = 0; i < 298; i++) {
      bar.advance();
    }
    assertThat(next(bar)).isEqualTo("[" + "#".repeat(30) + "] 400 of 400 files, 8.0/s");
    bar.clear();
    assertThat(shown.toString()).endsWith("8.0/s\r\033[K");
  }

  @Test
  void everyLineFitsIntoATerminal() {
    ProgressBar bar = new ProgressBar(new PrintWriter(shown), 1_000_000, () -> now);
    now = 1_000 * SECOND;
    assertThat(next(bar)).hasSizeLessThan(80);
  }
}

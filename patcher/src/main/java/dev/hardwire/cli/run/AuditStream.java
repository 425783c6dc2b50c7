package dev.hardwire.cli.run;

import dev.hardwire.os.AuditRecords;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;

/** The kernel's records of seccomp and Landlock as a log that ends when its reader is told so. */
final class AuditStream extends InputStream {
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
    } else if (message.get() instanceof AuditRecords.Entry entry && WANTED.contains(entry.type())) {
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

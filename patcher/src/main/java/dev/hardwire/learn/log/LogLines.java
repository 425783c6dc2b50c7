package dev.hardwire.learn.log;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The lines of a log, one after the other.
 *
 * <p>Invariant: for any log, memory is limited to two buffers of fixed size. Only the beginning of
 * a line longer than {@link #LIMIT} bytes is kept. Bytes become the characters with the same number
 * (ISO 8859-1), so none is lost.
 */
public final class LogLines {
  /**
   * The longest line that is kept completely, in bytes; lines of the kernel and strace are far
   * shorter.
   */
  static final int LIMIT = 1 << 16;

  /** The maximum length of a line in bytes; longer ones are errors. */
  static final long LONGEST_LINE = 1 << 26;

  /** The journal stores core dumps of up to 767 MiB as fields. */
  private static final long LONGEST_FIELD = 1 << 30;

  /**
   * One line.
   *
   * @param number counted from 1
   * @param text without the line feed
   * @param cut whether the line was longer than the text
   */
  public record Line(long number, String text, boolean cut) {}

  private final String name;
  private final InputStream in;
  private final byte[] buffer = new byte[1 << 16];
  private final byte[] line = new byte[LIMIT];
  private int at;
  private int end;
  private long number;

  /**
   * Starts with the first line.
   *
   * @param name of the log, for messages
   */
  public LogLines(String name, InputStream in) {
    this.name = name;
    this.in = in;
  }

  /** The next line; null at the end. */
  public Line next() throws IOException {
    if (at == end && !fill()) {
      return null;
    }
    int length = 0;
    long seen = 0;
    boolean cut = false;
    boolean done = false;
    while (!done && (at < end || fill())) {
      int stop = at;
      while (stop < end && buffer[stop] != '\n') {
        stop++;
      }
      seen += stop - at;
      require(seen <= LONGEST_LINE, "line %d is longer than 64 MiB: this is no log", number + 1);
      int kept = Math.min(stop - at, LIMIT - length);
      System.arraycopy(buffer, at, line, length, kept);
      length += kept;
      cut |= kept < stop - at;
      done = stop < end;
      at = done ? stop + 1 : stop;
    }
    number++;
    return new Line(number, new String(line, 0, length, StandardCharsets.ISO_8859_1), cut);
  }

  private boolean fill() throws IOException {
    at = 0;
    end = Math.max(0, in.read(buffer, 0, buffer.length));
    return end > 0;
  }

  /**
   * Reads a field of the journal's export format: its length, its bytes and a line feed.
   *
   * @return the field, cut to {@link #LIMIT} bytes; null if the log ends before it does
   */
  public String binaryField() throws IOException {
    long length = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      int octet = read();
      if (octet < 0) {
        return null;
      }
      length |= (long) octet << (Byte.SIZE * i);
    }
    require(
        length >= 0 && length <= LONGEST_FIELD,
        "the field after line %d is longer than 1 GiB: this is no journal",
        number);
    byte[] field = new byte[(int) Math.min(length, 256)];
    for (long i = 0; i < length; i++) {
      int octet = read();
      if (octet < 0) {
        return null;
      }
      if (i < LIMIT) {
        field = i < field.length ? field : Arrays.copyOf(field, Math.min(LIMIT, 2 * field.length));
        field[(int) i] = (byte) octet;
      }
      number += octet == '\n' ? 1 : 0;
    }
    number += read() == '\n' ? 1 : 0;
    int kept = (int) Math.min(length, LIMIT);
    return new String(field, 0, kept, StandardCharsets.ISO_8859_1);
  }

  private void require(boolean condition, String reason, long line) {
    if (!condition) {
      throw new LearnException(name + ": " + reason.formatted(line));
    }
  }

  private int read() throws IOException {
    return at < end || fill() ? buffer[at++] & 0xff : -1;
  }
}

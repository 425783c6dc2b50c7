package dev.hardwire.container.archive;

import dev.hardwire.bytes.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** A part of an open file as a stream. */
public final class FileRange extends InputStream {
  private static final int BLOCK = 1 << 16;

  private final Bytes bytes;
  private byte[] block = {};
  private long start;
  private long at;

  public FileRange(Bytes bytes) {
    this.bytes = bytes;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (at >= bytes.size()) {
      return length == 0 ? 0 : -1;
    }
    if (at >= start + block.length) {
      fill();
    }
    int count = (int) Math.min(length, start + block.length - at);
    System.arraycopy(block, (int) (at - start), into, offset, count);
    at += count;
    return count;
  }

  private void fill() throws IOException {
    try {
      start = at;
      block = bytes.slice(at, Math.min(BLOCK, bytes.size() - at)).toArray();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  @Override
  public long skip(long count) {
    long skipped = Math.max(0, Math.min(count, bytes.size() - at));
    at += skipped;
    if (at < start || at > start + block.length) {
      start = at;
      block = new byte[0];
    }
    return skipped;
  }

  /** What is left: some versions of Java look for another gzip member only if this says so. */
  @Override
  public int available() {
    return (int) Math.min(Integer.MAX_VALUE, Math.max(0, bytes.size() - at));
  }
}

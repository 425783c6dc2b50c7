package dev.hardwire.container.archive;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** A part of an open file. */
public final class FileRange extends InputStream {
  private final FileChannel channel;
  private final long end;
  private long at;

  public FileRange(FileChannel channel, long offset, long size) {
    this.channel = channel;
    this.at = offset;
    this.end = offset + size;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (at >= end) {
      return length == 0 ? 0 : -1;
    }
    int wanted = (int) Math.min(length, end - at);
    int count = channel.read(ByteBuffer.wrap(into, offset, wanted), at);
    if (count < 0) {
      throw new IOException("the file became shorter while it was read");
    }
    at += count;
    return count;
  }

  /** What is left: some versions of Java look for another gzip member only if this says so. */
  @Override
  public int available() {
    return (int) Math.min(Integer.MAX_VALUE, Math.max(0, end - at));
  }
}

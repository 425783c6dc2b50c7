package dev.hardwire.container.archive;

import java.io.IOException;
import java.io.OutputStream;

/** The content of an entry, which is read once from its start. */
public interface Contents {
  /** Reads some of it; fewer bytes only at its end. */
  int read(byte[] into, int offset, int length) throws IOException;

  /**
   * Copies what has not been read yet.
   *
   * @param size at least as much, in bytes
   */
  default void transferTo(OutputStream out, long size) throws IOException {
    byte[] buffer = new byte[(int) Math.min(size, 1 << 16)];
    int count = read(buffer, 0, buffer.length);
    while (count > 0) {
      out.write(buffer, 0, count);
      count = read(buffer, 0, buffer.length);
    }
  }
}

package dev.hardwire.container.archive;

import java.io.IOException;
import java.io.OutputStream;

/** The content of an entry, which is read once from its start. */
public interface Contents {
  /** Reads some of it; fewer bytes only at its end. */
  int read(byte[] into, int offset, int length) throws IOException;

  /** Copies what has not been read yet. */
  default void transferTo(OutputStream out) throws IOException {
    byte[] buffer = new byte[1 << 16];
    int count = read(buffer, 0, buffer.length);
    while (count > 0) {
      out.write(buffer, 0, count);
      count = read(buffer, 0, buffer.length);
    }
  }
}

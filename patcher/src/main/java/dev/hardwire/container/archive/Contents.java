package dev.hardwire.container.archive;

import java.io.IOException;

/** The content of an entry, which is read once from its start. */
public interface Contents {
  /** Reads some of it; fewer bytes only at its end. */
  int read(byte[] into, int offset, int length) throws IOException;
}

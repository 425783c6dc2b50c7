package dev.hardwire.patch.plan;

import dev.hardwire.bytes.Bytes;

/**
 * A change of bytes in place.
 *
 * @param offset file offset in bytes
 * @param expected the bytes there now
 * @param replacement the new bytes, of the same length
 * @param reason why, for people
 */
public record Edit(long offset, Bytes expected, Bytes replacement, String reason) {
  public Edit {
    if (offset < 0
        || offset > Long.MAX_VALUE - expected.size()
        || expected.size() == 0
        || expected.size() != replacement.size()) {
      throw new IllegalArgumentException(
          "an edit at 0x%x cannot turn %d bytes into %d"
              .formatted(offset, expected.size(), replacement.size()));
    }
  }

  /** The first file offset after the edit. */
  public long end() {
    return offset + expected.size();
  }
}

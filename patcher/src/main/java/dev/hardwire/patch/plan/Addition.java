package dev.hardwire.patch.plan;

import dev.hardwire.bytes.Bytes;

/**
 * Bytes that are added after the end of the original.
 *
 * @param offset file offset in bytes
 * @param reason what they are, for people
 */
public record Addition(long offset, Bytes bytes, String reason) {
  public Addition {
    if (offset < 0 || offset > Long.MAX_VALUE - bytes.size()) {
      throw new IllegalArgumentException(
          "%d bytes cannot be added at 0x%x".formatted(bytes.size(), offset));
    }
  }

  /** The first file offset after them. */
  public long end() {
    return offset + bytes.size();
  }
}

package dev.hardwire.plan;

import dev.hardwire.bytes.Bytes;

/**
 * Bytes that are added behind the end of the original.
 *
 * @param offset file offset in bytes
 * @param reason what they are, for people
 */
public record Addition(long offset, Bytes bytes, String reason) {
  /** The first file offset behind them. */
  public long end() {
    return offset + bytes.size();
  }
}

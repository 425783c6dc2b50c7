package dev.hardwire.bytes;

/**
 * Bytes that stand in place of others.
 *
 * @param offset where they start, in bytes
 */
public record Change(long offset, Bytes bytes) {
  /** The first offset behind them. */
  public long end() {
    return offset + bytes.size();
  }
}

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

  /** The part of the change in {@code length} bytes from {@code from}, counted from there. */
  Change clip(long from, long length) {
    long first = Math.max(offset, from);
    long last = Math.min(end(), from + length);
    return new Change(first - from, bytes.slice(first - offset, last - first));
  }
}

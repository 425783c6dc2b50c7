package dev.hardwire.bytes;

/**
 * Replacement bytes.
 *
 * @param offset of the first replaced byte
 */
public record Change(long offset, Bytes bytes) {
  /** The first offset after the replaced bytes. */
  public long end() {
    return offset + bytes.size();
  }
}

package dev.hardwire.bytes;

/**
 * Reads what {@link NumberWriter} wrote, or anything else: whatever the bytes are, it ends at their
 * end, and nothing but {@link BytesException} is thrown.
 */
public final class NumberReader {
  private final byte[] array;
  private final int end;
  private int at;

  public NumberReader(byte[] array) {
    this(array, 0, array.length);
  }

  /** Reads a part of an array. */
  public NumberReader(byte[] array, int start, int length) {
    this.array = array;
    this.at = start;
    this.end = start + length;
  }

  private BytesException refuse(String reason) {
    return new BytesException(at, reason);
  }

  public void require(boolean condition, String reason) {
    if (!condition) {
      throw refuse(reason);
    }
  }

  public long number() {
    if (at < end && array[at] >= 0) {
      return array[at++];
    }
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      require(at < end, "a number is cut off");
      byte next = array[at++];
      value |= (next & 0x7fL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw refuse("a number is too long");
  }

  /** The next number that was written as a signed one. */
  public long signed() {
    long value = number();
    return value >>> 1 ^ -(value & 1);
  }

  /** The next number, which is at least 0 and less than a limit. */
  public int below(int limit) {
    long value = number();
    require(value >= 0 && value < limit, "a number is too large");
    return (int) value;
  }

  /** How many things follow, each of at least one byte: not more than there are bytes. */
  public int count() {
    long value = number();
    require(value >= 0 && value <= end - at, "more is announced than there is");
    return (int) value;
  }

  /** Passes over bytes, and returns where they start. */
  public int skip(int length) {
    require(length >= 0 && length <= end - at, "more is announced than there is");
    at += length;
    return at - length;
  }

  /** Requires that everything was read. */
  public void requireEnd() {
    require(at == end, "more follows than is expected");
  }
}

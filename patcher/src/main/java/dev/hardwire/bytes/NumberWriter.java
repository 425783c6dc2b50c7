package dev.hardwire.bytes;

import java.util.Arrays;

/** A growing buffer of numbers of variable length (LEB128): small ones take one byte. */
public final class NumberWriter {
  private static final int LONGEST = 10;

  private byte[] array = new byte[256];
  private int size;

  private void reserve(int length) {
    if (length > array.length - size) {
      array =
          Arrays.copyOf(
              array, Math.max(Math.multiplyExact(array.length, 2), Math.addExact(size, length)));
    }
  }

  /** Appends a number, which is short if it is small and not negative. */
  public NumberWriter number(long value) {
    reserve(LONGEST);
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      array[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    array[size++] = (byte) rest;
    return this;
  }

  /** Appends a number, which is short if it is near 0. */
  public NumberWriter signed(long value) {
    return number(value << 1 ^ value >> 63);
  }

  /** Appends bytes as they are. */
  public NumberWriter bytes(byte[] from, int start, int length) {
    reserve(length);
    System.arraycopy(from, start, array, size, length);
    size += length;
    return this;
  }

  /** The number of bytes written. */
  public int size() {
    return size;
  }

  public byte[] toArray() {
    return Arrays.copyOf(array, size);
  }
}

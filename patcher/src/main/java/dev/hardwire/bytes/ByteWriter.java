package dev.hardwire.bytes;

import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A growing buffer in one byte order.
 *
 * <p>Invariant: narrowing never loses bits. A value that does not fit its field is an {@link
 * IllegalArgumentException}; signed and unsigned readings of a field's width are both accepted for
 * {@code u64} only, where a Java long holds exactly the field.
 */
public final class ByteWriter {
  private final ByteOrder order;
  private byte[] array;
  private int size;

  public ByteWriter(ByteOrder order) {
    this(order, 256);
  }

  /**
   * A writer that accepts a number of bytes without growing.
   *
   * @param capacity in bytes
   */
  public ByteWriter(ByteOrder order, int capacity) {
    this.order = order;
    this.array = new byte[capacity];
  }

  public ByteOrder order() {
    return order;
  }

  /** The number of bytes written. */
  public int size() {
    return size;
  }

  private void reserve(int length) {
    if (length > array.length - size) {
      array =
          Arrays.copyOf(
              array, Math.max(Math.multiplyExact(array.length, 2), Math.addExact(size, length)));
    }
  }

  private ByteWriter put(long value, int width) {
    if (width < 8 && (value >>> (8 * width)) != 0) {
      throw new IllegalArgumentException(
          "0x" + Long.toHexString(value) + " does not fit " + width + " bytes");
    }
    reserve(width);
    long little =
        order == ByteOrder.LITTLE_ENDIAN ? value : Long.reverseBytes(value) >>> (64 - 8 * width);
    switch (width) {
      case 8 -> {
        putWord(size, (int) little);
        putWord(size + 4, (int) (little >>> 32));
      }
      case 4 -> putWord(size, (int) little);
      case 2 -> {
        array[size] = (byte) little;
        array[size + 1] = (byte) (little >>> 8);
      }
      default -> array[size] = (byte) little;
    }
    size += width;
    return this;
  }

  private void putWord(int at, int little) {
    array[at] = (byte) little;
    array[at + 1] = (byte) (little >>> 8);
    array[at + 2] = (byte) (little >>> 16);
    array[at + 3] = (byte) (little >>> 24);
  }

  public ByteWriter u8(long value) {
    return put(value, 1);
  }

  public ByteWriter u16(long value) {
    return put(value, 2);
  }

  public ByteWriter u32(long value) {
    return put(value, 4);
  }

  public ByteWriter u64(long value) {
    return put(value, 8);
  }

  public ByteWriter bytes(byte[] value) {
    reserve(value.length);
    System.arraycopy(value, 0, array, size, value.length);
    size += value.length;
    return this;
  }

  public ByteWriter bytes(Bytes value) {
    int length = Math.toIntExact(value.size());
    reserve(length);
    value.copyTo(array, size);
    size += length;
    return this;
  }

  public ByteWriter zeros(int count) {
    reserve(count);
    Arrays.fill(array, size, size + count, (byte) 0);
    size += count;
    return this;
  }

  /** Zeros until the size is a multiple of {@code alignment}. */
  public ByteWriter align(int alignment) {
    return zeros(Math.floorMod(-size, alignment));
  }

  /**
   * The bytes written so far, in this writer's byte order. Later writes do not change the result:
   * they go after it or into another array.
   */
  public Bytes toBytes() {
    return Bytes.of(new ByteSource.Memory(array), size).withOrder(order);
  }
}

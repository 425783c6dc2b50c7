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
  private byte[] array = new byte[256];
  private int size;

  public ByteWriter(ByteOrder order) {
    this.order = order;
  }

  public ByteOrder order() {
    return order;
  }

  /** How many bytes have been written. */
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
    byte[] into = array;
    int start = size;
    long rest = value;
    if (order == ByteOrder.LITTLE_ENDIAN) {
      for (int at = start; at < start + width; at++, rest >>>= 8) {
        into[at] = (byte) rest;
      }
    } else {
      for (int at = start + width - 1; at >= start; at--, rest >>>= 8) {
        into[at] = (byte) rest;
      }
    }
    size = start + width;
    return this;
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
    return bytes(value.toArray());
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

  /** What has been written, in this writer's byte order; later writes do not show in it. */
  public Bytes toBytes() {
    return Bytes.wrap(Arrays.copyOf(array, size)).withOrder(order);
  }
}

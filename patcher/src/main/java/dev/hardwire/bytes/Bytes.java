package dev.hardwire.bytes;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * An immutable view of bytes with a byte order.
 *
 * <p>Invariants: nothing changes the bytes behind a view; every read is bounds-checked and throws
 * {@link BytesException} with the offset in this view; unsigned reads of up to 32 bits come back as
 * masked, never negative values. {@link #u64} is the one exception: its result is 64 bits to be
 * compared with {@link Long#compareUnsigned}.
 */
public final class Bytes {
  private static final VarHandle SHORT_LE = handle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle SHORT_BE = handle(short[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT_LE = handle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT_BE = handle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG_LE = handle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG_BE = handle(long[].class, ByteOrder.BIG_ENDIAN);

  private final byte[] array;
  private final int start;
  private final int size;
  private final ByteOrder order;

  private Bytes(byte[] array, int start, int size, ByteOrder order) {
    this.array = array;
    this.start = start;
    this.size = size;
    this.order = order;
  }

  private static VarHandle handle(Class<?> type, ByteOrder order) {
    return MethodHandles.byteArrayViewVarHandle(type, order);
  }

  /** A little-endian view of a copy of {@code array}. */
  public static Bytes copyOf(byte[] array) {
    return new Bytes(array.clone(), 0, array.length, ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * A little-endian view of {@code array} itself, which its caller hands over and does not change
   * any more.
   */
  public static Bytes wrap(byte[] array) {
    return new Bytes(array, 0, array.length, ByteOrder.LITTLE_ENDIAN);
  }

  /** The same bytes, read in {@code order}. */
  public Bytes withOrder(ByteOrder newOrder) {
    return new Bytes(array, start, size, newOrder);
  }

  public ByteOrder order() {
    return order;
  }

  /** Length in bytes. */
  public long size() {
    return size;
  }

  /**
   * Throws unless {@code condition} holds.
   *
   * @param offset where in this view the fault is, in bytes
   */
  @SuppressWarnings("MethodCanBeStatic") // reads as a check of these bytes at its call sites
  public void require(boolean condition, long offset, String reason) {
    if (!condition) {
      throw new BytesException(offset, reason);
    }
  }

  /**
   * Whether {@code [offset, offset + length)} lies inside this view; both are taken as unsigned.
   */
  public boolean contains(long offset, long length) {
    return offset >= 0 && length >= 0 && offset <= size && length <= size - offset;
  }

  private int index(long offset, int length) {
    if (!contains(offset, length)) {
      throw new BytesException(
          offset, length + " bytes needed, the data ends at 0x" + Integer.toHexString(size));
    }
    return start + (int) offset;
  }

  public int u8(long offset) {
    return array[index(offset, 1)] & 0xff;
  }

  public int u16(long offset) {
    VarHandle handle = order == ByteOrder.LITTLE_ENDIAN ? SHORT_LE : SHORT_BE;
    return (short) handle.get(array, index(offset, 2)) & 0xffff;
  }

  public long u32(long offset) {
    VarHandle handle = order == ByteOrder.LITTLE_ENDIAN ? INT_LE : INT_BE;
    return (int) handle.get(array, index(offset, 4)) & 0xffff_ffffL;
  }

  /** All 64 bits; a value of 2^63 and more comes back negative. */
  public long u64(long offset) {
    VarHandle handle = order == ByteOrder.LITTLE_ENDIAN ? LONG_LE : LONG_BE;
    return (long) handle.get(array, index(offset, 8));
  }

  /** A view of {@code length} bytes from {@code offset}, in the same byte order. */
  public Bytes slice(long offset, long length) {
    if (!contains(offset, length)) {
      throw new BytesException(
          offset,
          Long.toUnsignedString(length)
              + " bytes needed, the data ends at 0x"
              + Integer.toHexString(size));
    }
    return new Bytes(array, start + (int) offset, (int) length, order);
  }

  public byte[] toArray() {
    return Arrays.copyOfRange(array, start, start + size);
  }

  /**
   * The text up to the first NUL byte from {@code offset}, as ISO 8859-1; a missing NUL is an
   * error.
   */
  public String cString(long offset) {
    for (long end = offset; end < size; end++) {
      if (u8(end) == 0) {
        return new String(
            array, index(offset, 0), (int) (end - offset), StandardCharsets.ISO_8859_1);
      }
    }
    throw new BytesException(offset, "no NUL byte ends the string");
  }

  /** Whether every byte of {@code [offset, offset + length)} is zero. */
  public boolean isZero(long offset, long length) {
    Bytes part = slice(offset, length);
    for (int i = part.start; i < part.start + part.size; i++) {
      if (array[i] != 0) {
        return false;
      }
    }
    return true;
  }

  /** The first place at or after {@code from} where {@code pattern} stands, or -1. */
  public long indexOf(byte[] pattern, long from) {
    require(from >= 0, from, "an offset cannot be negative");
    for (long at = from; at <= (long) size - pattern.length; at++) {
      int here = start + (int) at;
      if (Arrays.equals(array, here, here + pattern.length, pattern, 0, pattern.length)) {
        return at;
      }
    }
    return -1;
  }

  /** Feeds this view into {@code digest}. */
  public void update(MessageDigest digest) {
    digest.update(array, start, size);
  }

  /** The SHA-256 digest, 32 bytes. */
  public Bytes sha256() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      update(digest);
      return wrap(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  /** Lower-case hexadecimal digits without separators. */
  public String hex() {
    return HexFormat.of().formatHex(array, start, start + size);
  }

  /** The bytes decide, the byte order does not. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes that
        && Arrays.equals(
            array, start, start + size, that.array, that.start, that.start + that.size);
  }

  @Override
  public int hashCode() {
    int hash = 1;
    for (int i = start; i < start + size; i++) {
      hash = 31 * hash + array[i];
    }
    return hash;
  }

  @Override
  public String toString() {
    return size <= 32 ? hex() : slice(0, 32).hex() + "... (" + size + " bytes)";
  }
}

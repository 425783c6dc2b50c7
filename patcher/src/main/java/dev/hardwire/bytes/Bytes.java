package dev.hardwire.bytes;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;

/**
 * An immutable view of bytes with a byte order.
 *
 * <p>Invariants: nothing changes the bytes behind a view; every read is bounds-checked and throws
 * {@link BytesException} with the offset in this view; unsigned reads of up to 32 bits come back as
 * masked, never negative values. {@link #u64} is the one exception: its result is 64 bits to be
 * compared with {@link Long#compareUnsigned}.
 */
public final class Bytes {
  /** The maximum length of a path, including its NUL byte. */
  private static final int LONGEST_STRING = 4096;

  /** Up to this size, changed or joined bytes are copied; larger views consist of pieces. */
  private static final int COPY_LIMIT = 1 << 23;

  private static final long ARRAY_LIMIT = Integer.MAX_VALUE - 64L;

  /** Up to this size a slice is in one piece, and in memory. */
  private static final int WHOLE_LIMIT = 1 << 16;

  /** Up to this size a view can be brought into memory: more than the names of most programs. */
  private static final int LOADED_LIMIT = 1 << 24;

  private final Rope rope;
  private final ByteOrder order;

  private Bytes(Rope rope, ByteOrder order) {
    this.rope = rope;
    this.order = order;
  }

  static Bytes of(ByteSource store, long size) {
    return new Bytes(Rope.of(store, size), ByteOrder.LITTLE_ENDIAN);
  }

  /** A little-endian view of a copy of {@code array}. */
  public static Bytes copyOf(byte[] array) {
    return wrap(array.clone());
  }

  /**
   * A little-endian view of {@code array} itself. The caller must not change the array afterwards.
   */
  public static Bytes wrap(byte[] array) {
    return of(new ByteSource.Memory(array), array.length);
  }

  /** No bytes. */
  public static Bytes empty() {
    return zeros(0);
  }

  /** That many zeros, which take no memory. */
  public static Bytes zeros(long count) {
    return of(ByteSource.Zeros.STORE, count);
  }

  /** The concatenation of views, in the byte order of the first. Large ones are not copied. */
  public static Bytes concat(List<Bytes> parts) {
    Rope.Builder all = new Rope.Builder();
    for (Bytes part : parts) {
      all.add(part.rope, 0, part.size());
    }
    ByteOrder order = parts.isEmpty() ? ByteOrder.LITTLE_ENDIAN : parts.get(0).order;
    return new Bytes(all.rope(), order).simplified(COPY_LIMIT);
  }

  /** The same in one piece and in memory, if it is small. */
  private Bytes simplified(int limit) {
    boolean copies =
        rope.isOnDisk() ? size() <= WHOLE_LIMIT : !rope.isOnePiece() && size() <= limit;
    return copies ? wrap(toArray()).withOrder(order) : this;
  }

  /** The same bytes, read in {@code order}. */
  public Bytes withOrder(ByteOrder newOrder) {
    return newOrder == order ? this : new Bytes(rope, newOrder);
  }

  public ByteOrder order() {
    return order;
  }

  /** In bytes. */
  public long size() {
    return rope.size();
  }

  /**
   * Throws unless {@code condition} holds.
   *
   * @param offset of the error in this view, in bytes
   */
  @SuppressWarnings(
      "MethodCanBeStatic") // an instance method so that call sites read as a check of these bytes
  public void require(boolean condition, long offset, String reason) {
    if (!condition) {
      throw new BytesException(offset, reason);
    }
  }

  /**
   * Whether {@code [offset, offset + length)} lies inside this view; both are taken as unsigned.
   */
  public boolean contains(long offset, long length) {
    return offset >= 0 && length >= 0 && offset <= size() && length <= size() - offset;
  }

  private void requireInside(long offset, long length) {
    if (!contains(offset, length)) {
      throw new BytesException(
          offset,
          "%s bytes needed, the data ends at 0x%x"
              .formatted(Long.toUnsignedString(length), size()));
    }
  }

  /** A little-endian number. */
  private long number(long offset, int width) {
    if (rope.isLoaded(offset, width)) {
      return rope.loaded(offset, width);
    }
    requireInside(offset, width);
    return rope.number(offset, width);
  }

  public int u8(long offset) {
    return (int) number(offset, 1);
  }

  public int u16(long offset) {
    short little = (short) number(offset, 2);
    return (order == ByteOrder.LITTLE_ENDIAN ? little : Short.reverseBytes(little)) & 0xffff;
  }

  public long u32(long offset) {
    int little = (int) number(offset, 4);
    return (order == ByteOrder.LITTLE_ENDIAN ? little : Integer.reverseBytes(little))
        & 0xffff_ffffL;
  }

  /** All 64 bits; a value of 2^63 and more comes back negative. */
  public long u64(long offset) {
    long little = number(offset, 8);
    return order == ByteOrder.LITTLE_ENDIAN ? little : Long.reverseBytes(little);
  }

  /** A view of {@code length} bytes from {@code offset}, in the same byte order. */
  public Bytes slice(long offset, long length) {
    requireInside(offset, length);
    return new Bytes(rope.part(offset, offset + length), order).simplified(WHOLE_LIMIT);
  }

  /**
   * The same bytes with some of them replaced. A large view is not copied.
   *
   * @param replaced ascending, without overlap, inside this view
   */
  public Bytes withChanges(List<Change> replaced) {
    return withChanges(replaced, List.of());
  }

  /** The same, followed by more bytes. */
  public Bytes withChanges(List<Change> replaced, List<Bytes> more) {
    Rope.Builder all = new Rope.Builder();
    for (Change change : replaced) {
      require(
          change.offset() >= all.size() && contains(change.offset(), change.bytes().size()),
          change.offset(),
          "a change is out of place");
      all.add(rope, all.size(), change.offset()).add(change.bytes().rope, 0, change.bytes().size());
    }
    all.add(rope, all.size(), size());
    for (Bytes part : more) {
      all.add(part.rope, 0, part.size());
    }
    return new Bytes(all.rope(), order).simplified(COPY_LIMIT);
  }

  public List<Extent> extents() {
    return rope.segments().stream()
        .map(piece -> Extent.of(piece, slice(piece.start(), piece.size())))
        .toList();
  }

  /**
   * All of them in an array.
   *
   * @throws BytesException if they do not fit into one
   */
  public byte[] toArray() {
    if (size() > ARRAY_LIMIT) {
      throw new BytesException(0, size() + " bytes are too many to be in memory at once");
    }
    byte[] result = new byte[(int) size()];
    rope.read(0, result, 0, result.length);
    return result;
  }

  /** The bytes in an array that callers do not change: in the one that was wrapped, if they can. */
  public byte[] sharedArray() {
    byte[] whole = rope.wholeArray();
    return whole == null ? toArray() : whole;
  }

  /**
   * The same bytes, in memory unless they are many. Of a file, only some blocks are kept in memory,
   * so reads in no order would read most blocks many times.
   */
  public Bytes inMemory() {
    return size() > LOADED_LIMIT ? this : wrap(sharedArray()).withOrder(order());
  }

  /** Copies all bytes into an array, starting at {@code at}; the array must be large enough. */
  void copyTo(byte[] into, int at) {
    rope.read(0, into, at, (int) size());
  }

  /**
   * Copies bytes from {@code offset} on into an array, until the array is full or the view ends.
   *
   * @return the number of bytes copied
   */
  public int read(long offset, byte[] into) {
    int length = (int) Math.min(into.length, Math.max(0, size() - offset));
    requireInside(offset, length);
    rope.read(offset, into, 0, length);
    return length;
  }

  /** The text up to the NUL byte, as ISO 8859-1; at most the length of a path. */
  public String cString(long offset) {
    long limit = Math.min(size() - offset, LONGEST_STRING) + offset;
    long end = contains(offset, 1) ? rope.find((byte) 0, offset, limit) : -1;
    if (end < 0) {
      throw new BytesException(offset, "no NUL byte ends the string soon");
    }
    byte[] text = new byte[(int) (end - offset)];
    rope.read(offset, text, 0, text.length);
    return new String(text, StandardCharsets.ISO_8859_1);
  }

  /** Whether every byte of {@code [offset, offset + length)} is zero. */
  public boolean isZero(long offset, long length) {
    return slice(offset, length).equals(zeros(length));
  }

  /** The first offset at or after {@code from} at which {@code pattern} occurs, or -1. */
  public long indexOf(byte[] pattern, long from) {
    require(from >= 0, from, "an offset cannot be negative");
    return pattern.length == 0 ? Math.min(from, size()) : rope.indexOf(pattern, from);
  }

  /** Passes all bytes to {@code sink}, in blocks. */
  public void copyTo(ByteSink sink) throws IOException {
    Blocks blocks = rope.blocks();
    for (ByteBuffer block = blocks.next(); block != null; block = blocks.next()) {
      sink.take(block.asReadOnlyBuffer());
      block.position(block.limit());
    }
  }

  /** Feeds this view into {@code digest}. */
  public void update(MessageDigest digest) {
    Blocks blocks = rope.blocks();
    for (ByteBuffer block = blocks.next(); block != null; block = blocks.next()) {
      digest.update(block);
    }
  }

  /** The SHA-256 digest, 32 bytes. */
  public Bytes sha256() {
    MessageDigest digest = Digests.sha256();
    update(digest);
    return wrap(digest.digest());
  }

  /** Lower-case hexadecimal digits without separators. */
  public String hex() {
    return HexFormat.of().formatHex(toArray());
  }

  /** Compares the bytes and ignores the byte order. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes that && size() == that.size() && differenceFrom(that) < 0;
  }

  /**
   * The first offset at which two views differ, or -1. If one is a prefix of the other, its size.
   */
  public long differenceFrom(Bytes other) {
    return rope.differenceFrom(other.rope);
  }

  @Override
  public int hashCode() {
    int hash = 1;
    Blocks blocks = rope.blocks();
    for (ByteBuffer block = blocks.next(); block != null; block = blocks.next()) {
      while (block.hasRemaining()) {
        hash = 31 * hash + block.get();
      }
    }
    return hash;
  }

  @Override
  public String toString() {
    return size() <= 32 ? hex() : slice(0, 32).hex() + "... (" + size() + " bytes)";
  }
}

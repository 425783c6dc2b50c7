package dev.hardwire.bytes;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
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
  /** Up to this size a changed view is a copy; larger ones remember their changes. */
  private static final int COPY_LIMIT = 1 << 23;

  private static final int BLOCK = 1 << 16;

  private final ByteBuffer buffer;
  private final int start;
  private final int size;
  private final ByteOrder order;

  /** What differs from the buffer: ascending, without overlap, inside this view. */
  private final List<Change> changes;

  private Bytes(ByteBuffer buffer, int start, int size, ByteOrder order, List<Change> changes) {
    this.buffer = buffer.order() == order ? buffer : buffer.duplicate().order(order);
    this.start = start;
    this.size = size;
    this.order = order;
    this.changes = changes;
  }

  private Bytes(byte[] array) {
    this(ByteBuffer.wrap(array), 0, array.length, ByteOrder.LITTLE_ENDIAN, List.of());
  }

  /**
   * A little-endian view of a file that stays on disk. Somebody who changes the file in place
   * changes the view; whoever replaces the file does not.
   */
  public static Bytes map(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      int length = Math.toIntExact(channel.size());
      ByteBuffer mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, length);
      return new Bytes(mapped, 0, length, ByteOrder.LITTLE_ENDIAN, List.of());
    }
  }

  /** A little-endian view of a copy of {@code array}. */
  public static Bytes copyOf(byte[] array) {
    return new Bytes(array.clone());
  }

  /**
   * A little-endian view of {@code array} itself, which its caller hands over and does not change
   * any more.
   */
  public static Bytes wrap(byte[] array) {
    return new Bytes(array);
  }

  /** The same bytes, read in {@code order}. */
  public Bytes withOrder(ByteOrder newOrder) {
    return new Bytes(buffer, start, size, newOrder, changes);
  }

  public ByteOrder order() {
    return order;
  }

  /** In bytes. */
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

  private int index(long offset, long length) {
    if (!contains(offset, length)) {
      throw new BytesException(
          offset,
          "%s bytes needed, the data ends at 0x%x".formatted(Long.toUnsignedString(length), size));
    }
    return start + (int) offset;
  }

  public int u8(long offset) {
    if (!changes.isEmpty()) {
      return slice(offset, 1).u8(0);
    }
    return buffer.get(index(offset, 1)) & 0xff;
  }

  public int u16(long offset) {
    if (!changes.isEmpty()) {
      return slice(offset, 2).u16(0);
    }
    return buffer.getShort(index(offset, 2)) & 0xffff;
  }

  public long u32(long offset) {
    if (!changes.isEmpty()) {
      return slice(offset, 4).u32(0);
    }
    return buffer.getInt(index(offset, 4)) & 0xffff_ffffL;
  }

  /** All 64 bits; a value of 2^63 and more comes back negative. */
  public long u64(long offset) {
    if (!changes.isEmpty()) {
      return slice(offset, 8).u64(0);
    }
    return buffer.getLong(index(offset, 8));
  }

  /** A view of {@code length} bytes from {@code offset}, in the same byte order. */
  public Bytes slice(long offset, long length) {
    return part(index(offset, length) - start, (int) length);
  }

  /** A slice whose bounds are known to be right; a small one is free of changes. */
  private Bytes part(int offset, int length) {
    List<Change> inside = new ArrayList<>();
    for (Change change : changes) {
      if (change.offset() < (long) offset + length && offset < change.end()) {
        inside.add(change.clip(offset, length));
      }
    }
    Bytes part = new Bytes(buffer, start + offset, length, order, inside);
    return inside.isEmpty() || length > COPY_LIMIT ? part : wrap(part.toArray()).withOrder(order);
  }

  /**
   * The same bytes with some of them replaced. A large view is not copied.
   *
   * @param replaced ascending, without overlap, inside this view
   */
  public Bytes withChanges(List<Change> replaced) {
    long end = 0;
    for (Change change : replaced) {
      require(
          change.offset() >= end && contains(change.offset(), change.bytes().size()),
          change.offset(),
          "a change is out of place");
      end = change.end();
    }
    List<Change> all = Change.merge(changes, replaced);
    return new Bytes(buffer, start, size, order, all).part(0, size);
  }

  public byte[] toArray() {
    byte[] result = new byte[size];
    buffer.get(start, result);
    for (Change change : changes) {
      byte[] bytes = change.bytes().toArray();
      System.arraycopy(bytes, 0, result, (int) change.offset(), bytes.length);
    }
    return result;
  }

  /**
   * The text up to the first NUL byte from {@code offset}, as ISO 8859-1; a missing NUL is an
   * error.
   */
  public String cString(long offset) {
    for (long end = offset; end < size; end++) {
      if (u8(end) == 0) {
        return new String(slice(offset, end - offset).toArray(), StandardCharsets.ISO_8859_1);
      }
    }
    throw new BytesException(offset, "no NUL byte ends the string");
  }

  /** Whether every byte of {@code [offset, offset + length)} is zero. */
  public boolean isZero(long offset, long length) {
    for (Bytes block : slice(offset, length).blocks()) {
      for (int i = block.start; i < block.start + block.size; i++) {
        if (block.buffer.get(i) != 0) {
          return false;
        }
      }
    }
    return true;
  }

  /** Pieces without changes that make up this view. */
  private List<Bytes> blocks() {
    if (changes.isEmpty()) {
      return List.of(this);
    }
    List<Bytes> blocks = new ArrayList<>();
    for (int at = 0; at < size; at += BLOCK) {
      blocks.add(part(at, Math.min(BLOCK, size - at)));
    }
    return blocks;
  }

  private ByteBuffer view() {
    return buffer.slice(start, size);
  }

  /** The first place at or after {@code from} where {@code pattern} stands, or -1. */
  public long indexOf(byte[] pattern, long from) {
    require(from >= 0, from, "an offset cannot be negative");
    ByteBuffer bytes = toBuffer();
    ByteBuffer wanted = ByteBuffer.wrap(pattern);
    for (int at = (int) Math.min(from, size); at <= size - pattern.length; at++) {
      if (bytes.slice(at, pattern.length).equals(wanted)) {
        return at;
      }
    }
    return -1;
  }

  /** Feeds this view into {@code digest}. */
  public void update(MessageDigest digest) {
    blocks().forEach(block -> digest.update(block.view()));
  }

  /** These bytes for a channel to write, without a copy where nothing is changed. */
  public ByteBuffer toBuffer() {
    return changes.isEmpty() ? view().asReadOnlyBuffer() : ByteBuffer.wrap(toArray());
  }

  /** The SHA-256 digest, 32 bytes. */
  public Bytes sha256() {
    return ByteParts.of(this).sha256();
  }

  /** Lower-case hexadecimal digits without separators. */
  public String hex() {
    return HexFormat.of().formatHex(toArray());
  }

  /** The bytes decide, the byte order does not. */
  @Override
  @SuppressWarnings("ReferenceEquality") // of the buffers: bytes need no comparison with themselves
  public boolean equals(Object other) {
    if (!(other instanceof Bytes that) || size != that.size) {
      return false;
    }
    if (buffer == that.buffer && start == that.start && changes.equals(that.changes)) {
      return true; // both look at one place of one buffer
    }
    int at = 0;
    for (Bytes block : (changes.isEmpty() ? that : this).blocks()) {
      Bytes counterpart = (changes.isEmpty() ? this : that).part(at, block.size);
      if (!counterpart.blocks().get(0).view().equals(block.view())) {
        return false;
      }
      at += block.size;
    }
    return true;
  }

  @Override
  public int hashCode() {
    int hash = 1;
    for (Bytes block : blocks()) {
      for (int i = block.start; i < block.start + block.size; i++) {
        hash = 31 * hash + block.buffer.get(i);
      }
    }
    return hash;
  }

  @Override
  public String toString() {
    return size <= 32 ? hex() : slice(0, 32).hex() + "... (" + size + " bytes)";
  }
}

package dev.hardwire.bytes;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Bytes as a sequence of segments. Callers check that offsets are within bounds.
 *
 * <p>Invariant: segments are contiguous, in order and not empty.
 */
final class Rope {
  private final RopeSegment[] segments;
  private final long size;

  // all bytes, if they are one segment in memory
  private final byte[] array;
  // their offset in the array
  private final int base;

  private Rope(RopeSegment... segments) {
    this.segments = segments;
    this.size = segments.length == 0 ? 0 : segments[segments.length - 1].end();
    boolean whole = segments.length == 1 && segments[0].source() instanceof ByteSource.Memory;
    this.array = whole ? ((ByteSource.Memory) segments[0].source()).array() : null;
    this.base = whole ? (int) segments[0].from() : 0;
  }

  /** The array in memory that has all bytes of the rope and no others; null if there is none. */
  byte[] wholeArray() {
    return array != null && array.length == size ? array : null;
  }

  /** The first bytes of a source. */
  static Rope of(ByteSource source, long size) {
    return size == 0 ? new Rope() : new Rope(new RopeSegment(source, 0, 0, size));
  }

  /** Builds a rope. */
  static final class Builder {
    private final List<RopeSegment> segments = new ArrayList<>();
    private long size;

    Builder add(ByteSource source, long from, long length) {
      if (length > 0) {
        RopeSegment segment = new RopeSegment(source, from, size, length);
        RopeSegment last = segments.isEmpty() ? null : segments.get(segments.size() - 1);
        if (last != null && last.goesOnWith(segment)) {
          segments.set(segments.size() - 1, last.with(segment));
        } else {
          segments.add(segment);
        }
        size = Math.addExact(size, length);
      }
      return this;
    }

    /** Appends {@code [first, last)} of another rope. */
    Builder add(Rope rope, long first, long last) {
      for (long at = first; at < last; ) {
        RopeSegment segment = rope.segment(at);
        long end = Math.min(segment.end(), last);
        add(segment.source(), segment.placeOf(at), end - at);
        at = end;
      }
      return this;
    }

    long size() {
      return size;
    }

    Rope rope() {
      return new Rope(segments.toArray(new RopeSegment[0]));
    }
  }

  long size() {
    return size;
  }

  /** The range {@code [first, last)}. */
  Rope part(long first, long last) {
    if (segments.length == 1 && first < last) {
      return new Rope(
          new RopeSegment(segments[0].source(), segments[0].placeOf(first), 0, last - first));
    }
    return new Builder().add(this, first, last).rope();
  }

  List<RopeSegment> segments() {
    return List.of(segments);
  }

  boolean isOnePiece() {
    return segments.length <= 1;
  }

  /** Whether some of the bytes are in a file. */
  boolean isOnDisk() {
    for (RopeSegment segment : segments) {
      if (segment.source() instanceof ByteSource.OnDisk) {
        return true;
      }
    }
    return false;
  }

  Blocks blocks() {
    return new Blocks(segments);
  }

  private RopeSegment segment(long offset) {
    int low = 0;
    int high = segments.length - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (segments[middle].start() <= offset) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return segments[low];
  }

  /** Whether {@code [offset, offset + width)} is within bounds and all bytes are in one array. */
  boolean isLoaded(long offset, int width) {
    return array != null && offset >= 0 && offset <= size - width;
  }

  /** The same as {@link #number}, if {@link #isLoaded}. */
  long loaded(long offset, int width) {
    int at = base + (int) offset;
    return switch (width) {
      case 1 -> array[at] & 0xff;
      case 2 -> (array[at] & 0xff) | (array[at + 1] & 0xff) << 8;
      case 4 -> word(array, at);
      default -> word(array, at) | word(array, at + 4) << 32;
    };
  }

  private static long word(byte[] bytes, int at) {
    int value =
        (bytes[at] & 0xff)
            | (bytes[at + 1] & 0xff) << 8
            | (bytes[at + 2] & 0xff) << 16
            | bytes[at + 3] << 24;
    return value & 0xffff_ffffL;
  }

  /** A little-endian number of 1, 2, 4 or 8 bytes; of 8, all bits. */
  long number(long offset, int width) {
    RopeSegment segment = segment(offset);
    ByteSource.Window window = segment.source().window(segment.placeOf(offset));
    int index = (int) (segment.placeOf(offset) - window.start());
    ByteBuffer buffer = window.buffer();
    if (offset > segment.end() - width || index > buffer.limit() - width) {
      return scattered(offset, width);
    }
    return switch (width) {
      case 1 -> buffer.get(index) & 0xff;
      case 2 -> buffer.getShort(index) & 0xffff;
      case 4 -> buffer.getInt(index) & 0xffff_ffffL;
      default -> buffer.getLong(index);
    };
  }

  /** The same for bytes that are not contiguous in memory. */
  private long scattered(long offset, int width) {
    long value = 0;
    for (int i = 0; i < width; i++) {
      value |= number(offset + i, 1) << (8 * i);
    }
    return value;
  }

  /** Copies bytes to {@code [at, at + length)} of an array. */
  void read(long offset, byte[] into, int at, int length) {
    if (array != null) {
      System.arraycopy(array, base + (int) offset, into, at, length);
      return;
    }
    for (int done = 0; done < length; ) {
      RopeSegment segment = segment(offset + done);
      int count = (int) Math.min(length - done, segment.end() - (offset + done));
      segment.source().read(segment.placeOf(offset + done), into, at + done, count);
      done += count;
    }
  }

  /** The first offset of a byte in {@code [from, to)}, or -1. */
  long find(byte wanted, long from, long to) {
    if (array != null) {
      for (long at = from; at < to; at++) {
        if (array[base + (int) at] == wanted) {
          return at;
        }
      }
      return -1;
    }
    for (long at = from; at < to; ) {
      RopeSegment segment = segment(at);
      ByteSource.Window window = segment.source().window(segment.placeOf(at));
      ByteBuffer buffer = window.buffer();
      int index = (int) (segment.placeOf(at) - window.start());
      long end = Math.min(Math.min(to, segment.end()), at + (buffer.limit() - index));
      for (; at < end; at++, index++) {
        if (buffer.get(index) == wanted) {
          return at;
        }
      }
    }
    return -1;
  }

  /** The first offset at or after {@code from} of a non-empty sequence of bytes, or -1. */
  long indexOf(byte[] wanted, long from) {
    long last = size - wanted.length;
    for (long at = from; at <= last; at++) {
      at = find(wanted[0], at, last + 1);
      if (at < 0 || stands(wanted, at)) {
        return at;
      }
    }
    return -1;
  }

  private boolean stands(byte[] wanted, long at) {
    for (int i = 1; i < wanted.length; i++) {
      if (number(at + i, 1) != (wanted[i] & 0xff)) {
        return false;
      }
    }
    return true;
  }

  /**
   * The first offset at which two ropes differ, or -1. If one is a prefix of the other, its size.
   */
  long differenceFrom(Rope other) {
    long shorter = Math.min(size, other.size);
    if (array != null && other.array != null) {
      int end = (int) shorter;
      int place =
          Arrays.mismatch(array, base, base + end, other.array, other.base, other.base + end);
      return place >= 0 ? place : size == other.size ? -1 : shorter;
    }
    for (long at = 0; at < shorter; ) {
      RopeSegment mine = segment(at);
      RopeSegment others = other.segment(at);
      long end = Math.min(shorter, Math.min(mine.end(), others.end()));
      long difference = -1;
      if (!mine.isAt(at, others)) {
        difference =
            end - at <= ByteSource.OnDisk.WINDOW
                ? differenceOfFew(mine, others, at, end)
                : differenceWithin(other, at, end);
      }
      if (difference >= 0) {
        return difference;
      }
      at = end;
    }
    return size == other.size ? -1 : shorter;
  }

  /** The first offset in {@code [first, last)} at which two segments differ, or -1. */
  private static long differenceOfFew(RopeSegment one, RopeSegment two, long first, long last) {
    for (long at = first; at < last; ) {
      ByteSource.Window mine = one.source().window(one.placeOf(at));
      ByteSource.Window others = two.source().window(two.placeOf(at));
      int here = (int) (one.placeOf(at) - mine.start());
      int there = (int) (two.placeOf(at) - others.start());
      int loaded = Math.min(mine.buffer().limit() - here, others.buffer().limit() - there);
      int length = (int) Math.min(last - at, loaded);
      int place = mine.buffer().slice(here, length).mismatch(others.buffer().slice(there, length));
      if (place >= 0) {
        return at + place;
      }
      at += length;
    }
    return -1;
  }

  /** The first offset in {@code [first, last)} at which two ropes differ, or -1. */
  private long differenceWithin(Rope other, long first, long last) {
    Blocks mine = new Builder().add(this, first, last).rope().blocks();
    Blocks others = new Builder().add(other, first, last).rope().blocks();
    for (long at = first; at < last; ) {
      ByteBuffer one = mine.next();
      ByteBuffer two = others.next();
      int length = Math.min(one.remaining(), two.remaining());
      int place = one.slice(one.position(), length).mismatch(two.slice(two.position(), length));
      if (place >= 0) {
        return at + place;
      }
      one.position(one.position() + length);
      two.position(two.position() + length);
      at += length;
    }
    return -1;
  }
}

package dev.hardwire.bytes;

/**
 * A range of bytes in one source, as part of a rope.
 *
 * @param from its offset in the source
 * @param start its offset in the rope
 */
record RopeSegment(ByteSource source, long from, long start, long size) {
  long end() {
    return start + size;
  }

  /** The offset in the source of the byte at {@code offset} of the rope. */
  long placeOf(long offset) {
    return from + (offset - start);
  }

  /** Whether reading it needs a buffer of {@link Blocks#SIZE} bytes. */
  boolean needsScratch() {
    return source instanceof ByteSource.OnDisk && size > ByteSource.OnDisk.WINDOW;
  }

  /** Whether {@code next} starts where this ends, both in the source and in the rope. */
  boolean goesOnWith(RopeSegment next) {
    return source == next.source && (source == ByteSource.Zeros.STORE || from + size == next.from);
  }

  RopeSegment with(RopeSegment next) {
    return new RopeSegment(source, from, start, size + next.size);
  }

  /**
   * Whether the byte at {@code offset} of the rope has the same position in the source as that of
   * another segment.
   */
  boolean isAt(long offset, RopeSegment other) {
    return source == other.source
        && (source == ByteSource.Zeros.STORE || placeOf(offset) == other.placeOf(offset));
  }
}

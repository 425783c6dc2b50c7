package dev.hardwire.bytes;

/**
 * A run of bytes in one source, as part of a row.
 *
 * @param from where it starts in the source
 * @param start where it starts in the row
 */
record RopeSegment(ByteSource source, long from, long start, long size) {
  long end() {
    return start + size;
  }

  /** Where in the source the byte at {@code offset} of the row stands. */
  long placeOf(long offset) {
    return from + (offset - start);
  }

  /** Whether going through it takes a buffer that holds {@link Blocks#SIZE} bytes. */
  boolean needsScratch() {
    return source instanceof ByteSource.OnDisk && size > ByteSource.OnDisk.WINDOW;
  }

  /** Whether {@code next} goes on where this ends, in the source as in the row. */
  boolean goesOnWith(RopeSegment next) {
    return source == next.source && (source == ByteSource.Zeros.STORE || from + size == next.from);
  }

  /** This and the next segment. */
  RopeSegment with(RopeSegment next) {
    return new RopeSegment(source, from, start, size + next.size);
  }

  /** Whether the byte at {@code offset} of the row stands in the same place as that of another. */
  boolean isAt(long offset, RopeSegment other) {
    return source == other.source
        && (source == ByteSource.Zeros.STORE || placeOf(offset) == other.placeOf(offset));
  }
}

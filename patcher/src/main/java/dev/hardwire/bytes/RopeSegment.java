package dev.hardwire.bytes;

/**
 * A run of bytes in one store, as part of a row.
 *
 * @param from where it starts in the store
 * @param start where it starts in the row
 */
record RopeSegment(ByteSource store, long from, long start, long size) {
  long end() {
    return start + size;
  }

  /** Where in the store the byte at {@code offset} of the row stands. */
  long placeOf(long offset) {
    return from + (offset - start);
  }

  /** Whether going through it takes a buffer that holds {@link Blocks#SIZE} bytes. */
  boolean needsScratch() {
    return store instanceof ByteSource.OnDisk && size > ByteSource.OnDisk.WINDOW;
  }

  /** Whether {@code next} goes on where this ends, in the store as in the row. */
  boolean goesOnWith(RopeSegment next) {
    return store == next.store && (store == ByteSource.Zeros.STORE || from + size == next.from);
  }

  /** This and the next piece. */
  RopeSegment with(RopeSegment next) {
    return new RopeSegment(store, from, start, size + next.size);
  }

  /** Whether the byte at {@code offset} of the row stands in the same place as that of another. */
  boolean isAt(long offset, RopeSegment other) {
    return store == other.store
        && (store == ByteSource.Zeros.STORE || placeOf(offset) == other.placeOf(offset));
  }
}

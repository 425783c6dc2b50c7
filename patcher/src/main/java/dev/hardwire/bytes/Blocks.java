package dev.hardwire.bytes;

import java.nio.ByteBuffer;

/** Reads the bytes of a view once, from start to end, in blocks. */
final class Blocks {
  /** The most bytes of a file that are in memory at a time. */
  static final int SIZE = 1 << 17;

  private static final ByteBuffer NONE = ByteBuffer.allocate(0);

  private final RopeSegment[] pieces;
  private ByteBuffer scratch;
  private ByteBuffer block = NONE;
  private int segment;
  private long done;

  Blocks(RopeSegment[] pieces) {
    this.pieces = pieces;
  }

  /** The rest of the current block, or the next one; null at the end. */
  ByteBuffer next() {
    while (!block.hasRemaining()) {
      if (segment == pieces.length) {
        return null;
      }
      RopeSegment current = pieces[segment];
      if (done == current.size()) {
        segment++;
        done = 0;
        continue;
      }
      if (scratch == null && current.needsScratch()) {
        scratch = ByteBuffer.allocate(SIZE);
      }
      block = current.source().block(current.from() + done, current.size() - done, scratch);
      done += block.remaining();
    }
    return block;
  }
}

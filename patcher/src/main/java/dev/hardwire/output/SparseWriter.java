package dev.hardwire.output;

import dev.hardwire.bytes.ByteSink;
import dev.hardwire.os.Descriptor;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Writes bytes sequentially from an offset of a file. */
final class SparseWriter implements ByteSink {
  private static final int BLOCK = 1 << 16;
  private static final ByteBuffer ZEROS = ByteBuffer.allocate(BLOCK);

  private final Descriptor file;
  private final boolean leavesHoles;
  private long at;

  /**
   * Makes one.
   *
   * @param start file offset of the first byte
   * @param leavesHoles whether blocks of zeros are left out; there has to be nothing in their place
   */
  SparseWriter(Descriptor file, long start, boolean leavesHoles) {
    this.file = file;
    this.at = start;
    this.leavesHoles = leavesHoles;
  }

  @Override
  public void take(ByteBuffer bytes) throws IOException {
    int end = bytes.limit();
    while (bytes.position() < end) {
      int zeros = leavesHoles ? zeros(bytes) : 0;
      bytes.position(bytes.position() + zeros);
      at += zeros;
      bytes.limit(leavesHoles ? dataEnd(bytes) : end);
      int length = bytes.remaining();
      file.write(bytes, at);
      at += length;
      bytes.limit(end);
    }
  }

  /** Bytes of the blocks of zeros in front. */
  private static int zeros(ByteBuffer bytes) {
    int at = bytes.position();
    while (at < bytes.limit() && isZero(bytes, at)) {
      at = Math.min(at + BLOCK, bytes.limit());
    }
    return at - bytes.position();
  }

  /** Where the next block of zeros starts. */
  private static int dataEnd(ByteBuffer bytes) {
    int at = bytes.position();
    while (at < bytes.limit() && !isZero(bytes, at)) {
      at = Math.min(at + BLOCK, bytes.limit());
    }
    return at;
  }

  private static boolean isZero(ByteBuffer bytes, int at) {
    int length = Math.min(BLOCK, bytes.limit() - at);
    return bytes.slice(at, length).mismatch(ZEROS.slice(0, length)) < 0;
  }
}

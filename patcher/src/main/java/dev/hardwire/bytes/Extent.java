package dev.hardwire.bytes;

import java.util.Optional;

/**
 * A run of bytes of one kind in a view: of a file that is open, zeros that nobody stored, or bytes
 * in memory.
 *
 * @param offset where it starts in the view
 * @param file the file, if it is of one
 * @param fileOffset where it starts in the file
 */
public record Extent(
    long offset, Bytes bytes, boolean isZeros, Optional<FileBytes> file, long fileOffset) {
  static Extent of(RopeSegment piece, Bytes bytes) {
    return new Extent(
        piece.start(),
        bytes,
        piece.store() == ByteSource.Zeros.STORE,
        piece.store() instanceof ByteSource.OnDisk disk ? Optional.of(disk.file()) : Optional.empty(),
        piece.from());
  }

  /** The first offset behind it. */
  public long end() {
    return offset + bytes.size();
  }
}

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
  static Extent of(RopeSegment segment, Bytes bytes) {
    return new Extent(
        segment.start(),
        bytes,
        segment.source() == ByteSource.Zeros.STORE,
        segment.source() instanceof ByteSource.OnDisk disk
            ? Optional.of(disk.file())
            : Optional.empty(),
        segment.from());
  }

  /** The first offset behind it. */
  public long end() {
    return offset + bytes.size();
  }
}

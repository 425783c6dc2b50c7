package dev.hardwire.bytes;

import java.util.Optional;

/**
 * A range of bytes of one kind in a view: bytes of an open file, implicit zeros, or bytes in
 * memory.
 *
 * @param offset where it starts in the view
 * @param file the open file; empty for other kinds
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
}

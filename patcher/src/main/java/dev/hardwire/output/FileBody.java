package dev.hardwire.output;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.Extent;
import dev.hardwire.bytes.FileBytes;
import dev.hardwire.os.Descriptor;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The contents of a new file, written from its start to its end. What has been copied is not
 * written again; elsewhere blocks of zeros stay holes.
 */
final class FileBody {
  /** From this many bytes at unchanged offsets on, the file is copied instead of written. */
  private static final long COPIED_FROM = 1 << 23;

  private final Descriptor file;
  private final Optional<BaseCopy> copy;
  private final Set<FileBytes> used = new HashSet<>();
  private long size;

  /**
   * @param file an empty file, or to one that a copy has begun to fill
   */
  FileBody(Descriptor file, Optional<BaseCopy> copy) throws IOException {
    this.file = file;
    boolean done = copy.isPresent() && copy.get().isDone();
    this.copy = done ? copy : Optional.empty();
    if (!done && copy.isPresent()) {
      file.resize(0);
    }
  }

  /** The file of which large parts keep their offsets, if there is one. */
  static Optional<FileBytes> base(Bytes content) {
    if (content.size() < COPIED_FROM) {
      return Optional.empty();
    }
    Map<FileBytes, Long> inPlace = new HashMap<>();
    for (Extent extent : content.extents()) {
      if (extent.file().isPresent() && extent.fileOffset() == extent.offset()) {
        inPlace.merge(extent.file().get(), extent.bytes().size(), Long::sum);
      }
    }
    return inPlace.entrySet().stream()
        .filter(entry -> entry.getValue() >= COPIED_FROM)
        .max(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey);
  }

  /** Writes what comes next. */
  void append(Bytes content) throws IOException {
    for (Extent extent : content.extents()) {
      append(extent, size + extent.offset());
    }
    size += content.size();
  }

  private void append(Extent extent, long start) throws IOException {
    if (extent.file().isPresent()) {
      used.add(extent.file().get());
    }
    if (isCopied(extent, start)) {
      complete(extent.bytes(), start);
      return;
    }
    long end = start + extent.bytes().size();
    long copied = copy.isPresent() ? copy.get().file().size() : 0;
    long taken = Math.max(start, Math.min(end, copied));
    extent.bytes().slice(0, taken - start).copyTo(new SparseWriter(file, start, false));
    if (!extent.isZeros()) {
      extent.bytes().slice(taken - start, end - taken).copyTo(new SparseWriter(file, taken, true));
    }
  }

  private boolean isCopied(Extent extent, long start) {
    return copy.isPresent()
        && extent.file().equals(copy.map(BaseCopy::file))
        && extent.fileOffset() == start;
  }

  /** Writes the blocks that the copy lacks. */
  private void complete(Bytes bytes, long start) throws IOException {
    long end = start + bytes.size();
    for (long at = start; at < end; ) {
      long next = Math.min(end, (at / FileBytes.BLOCK + 1) * FileBytes.BLOCK);
      if (!copy.get().has(Math.toIntExact(at / FileBytes.BLOCK))) {
        bytes.slice(at - start, next - at).copyTo(new SparseWriter(file, at, true));
      }
      at = next;
    }
  }

  /**
   * Ends the file.
   *
   * @throws java.nio.file.FileSystemException if what it was made of changed meanwhile
   */
  void finish() throws IOException {
    if (file.status().size() != size) { // behind a copy, or the last bytes are zeros
      file.resize(size);
    }
    for (FileBytes read : used) {
      read.requireUnchanged();
    }
  }
}

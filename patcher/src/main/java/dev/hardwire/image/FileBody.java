package dev.hardwire.image;

import dev.hardwire.bytes.ByteParts;
import dev.hardwire.bytes.ByteSink;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.Extent;
import dev.hardwire.bytes.FileBytes;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The contents of a new file, written from its start to its end. What the kernel has copied is not
 * written again; elsewhere blocks of zeros stay holes.
 */
final class FileBody implements Closeable {
  /** From this many bytes on that are in their place already, another process copies them. */
  private static final long COPIED_FROM = 1 << 23;

  private static final int BLOCK = 1 << 16;
  private static final ByteBuffer ZEROS = ByteBuffer.allocate(BLOCK);

  private final FileChannel channel;
  private final Optional<FileBytes> copied;
  private final Set<FileBytes> used = new HashSet<>();
  private long size;

  FileBody(Path file, Optional<KernelCopy> copy) throws IOException {
    boolean done = copy.isPresent() && copy.get().isDone();
    this.copied = done ? copy.map(KernelCopy::file) : Optional.empty();
    this.channel = FileChannel.open(file, StandardOpenOption.WRITE);
    if (!done) {
      channel.truncate(0);
    }
  }

  /** The file of which large parts stand where they have to, if there is one. */
  static Optional<FileBytes> base(ByteParts content) {
    Map<FileBytes, Long> inPlace = new HashMap<>();
    long start = 0;
    for (Bytes part : content.parts()) {
      for (Extent extent : part.extents()) {
        if (extent.file().isPresent() && extent.fileOffset() == start + extent.offset()) {
          inPlace.merge(extent.file().get(), extent.bytes().size(), Long::sum);
        }
      }
      start += part.size();
    }
    return inPlace.entrySet().stream()
        .filter(entry -> entry.getValue() >= COPIED_FROM)
        .max(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey);
  }

  /** Writes what comes next. */
  void append(ByteParts content) throws IOException {
    for (Bytes part : content.parts()) {
      for (Extent extent : part.extents()) {
        append(extent, size + extent.offset());
      }
      size += part.size();
    }
  }

  private void append(Extent extent, long start) throws IOException {
    extent.file().ifPresent(used::add);
    if (extent.file().isPresent() && extent.file().equals(copied) && extent.fileOffset() == start) {
      return;
    }
    long end = start + extent.bytes().size();
    long taken = Math.max(start, Math.min(end, copied.map(FileBytes::size).orElse(0L)));
    extent.bytes().slice(0, taken - start).copyTo(new Writer(start, false));
    if (!extent.isZeros()) {
      extent.bytes().slice(taken - start, end - taken).copyTo(new Writer(taken, true));
    }
  }

  /** Writes blocks one behind the other. */
  private final class Writer implements ByteSink {
    private final boolean leavesHoles;
    private long at;

    Writer(long start, boolean leavesHoles) {
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
        while (bytes.hasRemaining()) {
          at += channel.write(bytes, at);
        }
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

  /**
   * Ends the file.
   *
   * @throws java.nio.file.FileSystemException if what it was made of changed meanwhile
   */
  void finish() throws IOException {
    if (channel.size() > size) {
      channel.truncate(size);
    } else if (channel.size() < size) { // the last bytes are zeros
      channel.write(ByteBuffer.allocate(1), size - 1);
    }
    for (FileBytes file : used) {
      file.requireUnchanged();
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}

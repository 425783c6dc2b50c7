package dev.hardwire.output;

import dev.hardwire.bytes.FileBytes;
import dev.hardwire.os.Descriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Optional;
import java.util.Set;

/** A copy of a large file, made while the caller works; the start of a new file. */
sealed interface BaseCopy permits KernelCopy, ReadCopy {
  /** File systems on which no copy shares blocks with the original, so that all are written. */
  Set<String> PLAIN = Set.of("ext2", "ext3", "ext4", "overlay", "ramfs", "tmpfs");

  /**
   * Prepares to copy; empty where that cannot be done.
   *
   * @param to an empty file
   * @param isRead whether several threads read the whole file now; they can write as well what
   *     another process would have to read once more
   */
  static Optional<? extends BaseCopy> of(FileBytes file, Descriptor to, boolean isRead) {
    return isRead && isPlain(to) ? ReadCopy.start(file, to) : KernelCopy.of(file, to);
  }

  private static boolean isPlain(Descriptor file) {
    try {
      return PLAIN.contains(Files.getFileStore(file.path()).type());
    } catch (IOException e) {
      return false;
    }
  }

  /** Starts to copy, if that has not happened. */
  void begin();

  /** What is copied. */
  FileBytes file();

  /**
   * Ends it: waits until all is written that it writes, and begins if need be.
   *
   * @return whether there is a copy, of some blocks at least; otherwise the new file may hold
   *     anything
   */
  boolean isDone() throws IOException;

  /** Whether a block of {@link FileBytes#BLOCK} bytes is in its place, after the end. */
  boolean has(int block);

  /** Ends it if it is no longer needed. */
  void stop();
}

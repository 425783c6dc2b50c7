package dev.hardwire.image;

import dev.hardwire.bytes.FileBytes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** A copy of a large file, made while the caller works; the start of a new file. */
sealed interface BaseCopy permits KernelCopy, ReadCopy {
  /**
   * Starts to copy; empty where that cannot be done.
   *
   * @param to a file that is there and empty
   * @param isRead whether other threads read the whole file now, so that there is no processor left
   *     for the copy
   */
  static Optional<? extends BaseCopy> start(FileBytes file, Path to, boolean isRead) {
    return isRead ? ReadCopy.start(file, to) : KernelCopy.start(file, to);
  }

  /** What is copied. */
  FileBytes file();

  /**
   * Ends it: waits for what is under way, and nothing is written any more.
   *
   * @return whether there is a copy, of some blocks at least; otherwise the new file may hold
   *     anything
   */
  boolean isDone() throws IOException;

  /** Whether a block of {@link FileBytes#BLOCK} bytes is in its place, after the end. */
  boolean has(int block);

  /** Ends it where nobody needs it any more. */
  void stop();
}

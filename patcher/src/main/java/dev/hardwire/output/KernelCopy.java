package dev.hardwire.output;

import dev.hardwire.bytes.FileBytes;
import dev.hardwire.os.Descriptor;
import dev.hardwire.os.Kernel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Copies a large file in the kernel: where the file system can, the copy shares blocks with the
 * original, and holes stay holes. A thread does it while the original is read.
 */
final class KernelCopy implements BaseCopy, Runnable {
  private final FileBytes file;
  private final Descriptor from;
  private final Descriptor to;
  private final Thread thread = new Thread(this, "copy");
  private boolean begun;
  private volatile boolean stopped;
  private volatile boolean whole;

  private KernelCopy(FileBytes file, Descriptor from, Descriptor to) {
    this.file = file;
    this.from = from;
    this.to = to;
  }

  /**
   * Prepares to copy; empty if the file's name stands for another file now.
   *
   * @param to an empty file
   */
  static Optional<KernelCopy> of(FileBytes file, Descriptor to) {
    Descriptor from = null;
    try {
      from = Descriptor.open(file.opened());
      if (file.isAt(from.path())) {
        return Optional.of(new KernelCopy(file, from, to));
      }
      from.close();
    } catch (IOException e) {
      // the bytes are copied from the file that is open
    }
    return Optional.empty();
  }

  @Override
  public synchronized void begin() {
    if (!begun) {
      begun = true;
      thread.setDaemon(true);
      thread.start();
    }
  }

  @Override
  public void run() {
    try (from) {
      whole = !stopped && (to.cloneFrom(from) || copy()) && file.isAt(from.path());
    } catch (IOException e) {
      whole = false; // completing the file meets the same error, or needs no copy
    }
  }

  /** Copies the data between the holes. */
  private boolean copy() throws IOException {
    ByteBuffer position = Kernel.allocate(2 * Long.BYTES);
    Optional<Long> next = from.data(0);
    while (next.isPresent()) {
      long at = next.get();
      for (long end = from.hole(at); at < end; ) {
        long count = stopped ? 0 : to.copyFrom(from, at, end - at, position);
        if (count == 0) {
          return false;
        }
        at += count;
      }
      next = from.data(at);
    }
    to.resize(file.size());
    return true;
  }

  @Override
  public FileBytes file() {
    return file;
  }

  /**
   * Waits for the end.
   *
   * @return whether the copy is one of the file that is open, as it was when it was opened
   */
  @Override
  public boolean isDone() throws IOException {
    begin();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while copying " + file.path(), e);
    }
    return whole;
  }

  @Override
  public boolean has(int block) {
    return true;
  }

  /** Ends it, whether it is done or not. */
  @Override
  public void stop() {
    stopped = true;
    begin(); // closes the file
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // it writes to a file that has no name any more
    }
  }
}

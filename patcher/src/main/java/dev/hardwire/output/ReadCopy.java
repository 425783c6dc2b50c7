package dev.hardwire.output;

import dev.hardwire.bytes.FileBytes;
import dev.hardwire.os.Descriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.Optional;

/**
 * Copies a file that other threads read anyway: the thread that reads a block first also writes it.
 * So nothing is read for the copy alone, and the threads share the work.
 *
 * <p>Write errors are not reported here: the blocks are missing, and completing the file meets the
 * same errors.
 */
final class ReadCopy implements BaseCopy, FileBytes.Listener {
  private final FileBytes file;
  private final Descriptor to;
  private final BitSet begun = new BitSet();
  private final BitSet copied = new BitSet();
  private int writing;
  private boolean ended;

  private ReadCopy(FileBytes file, Descriptor to) {
    this.file = file;
    this.to = to;
  }

  /**
   * Starts to copy.
   *
   * @param to an empty file
   */
  static Optional<ReadCopy> start(FileBytes file, Descriptor to) {
    ReadCopy copy = new ReadCopy(file, to);
    file.listen(copy);
    return Optional.of(copy);
  }

  @Override
  public void begin() {
    // it began when it was made
  }

  @Override
  public FileBytes file() {
    return file;
  }

  @Override
  public void take(int number, ByteBuffer block) {
    if (!begin(number)) {
      return;
    }
    boolean written = false;
    try {
      new SparseWriter(to, (long) number * FileBytes.BLOCK, true).take(block);
      written = true;
    } catch (IOException e) {
      // the block is missing
    } finally {
      end(number, written);
    }
  }

  private synchronized boolean begin(int number) {
    if (ended || begun.get(number)) {
      return false;
    }
    begun.set(number);
    writing++;
    return true;
  }

  private synchronized void end(int number, boolean written) {
    copied.set(number, written);
    ended |= !written;
    writing--;
    notifyAll();
  }

  @Override
  public boolean isDone() throws IOException {
    try {
      end();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while copying " + file.path(), e);
    }
    return true;
  }

  private synchronized void end() throws InterruptedException {
    ended = true;
    while (writing > 0) {
      wait();
    }
  }

  @Override
  public synchronized boolean has(int block) {
    return copied.get(block);
  }

  @Override
  public void stop() {
    try {
      end();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // it writes to a file that has no name any more
    }
  }
}

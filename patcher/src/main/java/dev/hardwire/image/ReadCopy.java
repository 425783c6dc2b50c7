package dev.hardwire.image;

import dev.hardwire.bytes.FileBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.Optional;

/**
 * Copies a file that others read anyway: whichever thread has read a block first writes it, too. So
 * nothing is read for the copy, and threads that read the same share the work.
 *
 * <p>What cannot be written, nobody hears of here: those blocks are missing, and who completes the
 * file fails to write them, too.
 */
final class ReadCopy implements BaseCopy, FileBytes.Listener {
  private final FileBytes file;
  private final FileChannel channel;
  private final BitSet begun = new BitSet();
  private final BitSet copied = new BitSet();
  private int writing;
  private boolean ended;

  private ReadCopy(FileBytes file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Starts to copy.
   *
   * @param to a file that is there and empty
   */
  static Optional<ReadCopy> start(FileBytes file, Path to) {
    try {
      ReadCopy copy = new ReadCopy(file, FileChannel.open(to, StandardOpenOption.WRITE));
      file.listen(copy);
      return Optional.of(copy);
    } catch (IOException e) {
      return Optional.empty(); // and the bytes are copied when the file is completed
    }
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
      new SparseWriter(channel, (long) number * FileBytes.BLOCK, true).take(block);
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
    channel.close();
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
    synchronized (this) {
      ended = true;
    }
    try {
      channel.close(); // which also ends what is under way
    } catch (IOException e) {
      // it writes to a file that has no name any more
    }
  }
}

package dev.hardwire.output;

import dev.hardwire.os.Descriptor;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.concurrent.locks.LockSupport;

/**
 * Keeps other runs of this command from replacing an open file. The lock is on the file and not on
 * its name: who gets it later finds another file there.
 */
final class FileLock implements Closeable {
  private static final long PAUSE_NANOSECONDS = 5_000_000;
  private static final int ATTEMPTS = 2_000;

  private final Descriptor file;

  private FileLock(Descriptor file) {
    this.file = file;
  }

  /**
   * Locks a file, and waits for ten seconds if another process has locked it.
   *
   * @throws FileSystemException if that takes longer
   */
  static FileLock of(Descriptor file) throws IOException {
    for (int attempt = 0; !file.lock(); attempt++) {
      if (attempt == ATTEMPTS) {
        throw new FileSystemException(
            file.toString(), null, "another process keeps it locked; lslocks(8) shows which");
      }
      LockSupport.parkNanos(PAUSE_NANOSECONDS);
    }
    return new FileLock(file);
  }

  @Override
  public void close() {
    file.unlock();
  }
}

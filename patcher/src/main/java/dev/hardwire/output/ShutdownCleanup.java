package dev.hardwire.output;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Removes the files that are being written when a signal ends this process. Writing threads must
 * stop then, because files that they begin afterwards would not be removed.
 */
public final class ShutdownCleanup {
  /** The longest time that a process may take to end. */
  private static final long PATIENCE_MILLISECONDS = 10_000;

  private static final Set<AtomicFile> WRITTEN = ConcurrentHashMap.newKeySet();

  private static volatile boolean awaited;
  private static volatile boolean ending;

  static {
    try {
      Runtime.getRuntime().addShutdownHook(new Thread(ShutdownCleanup::run, "end hook"));
    } catch (IllegalStateException e) {
      ending = true;
    }
  }

  private ShutdownCleanup() {}

  /**
   * Says whether the end of this process waits for all work, so that every file is finished or
   * removed by the thread that writes it.
   */
  public static void setAwaited(boolean value) {
    awaited = value;
  }

  /** Begins to watch. If the process is ending, this does not return before it has ended. */
  static void add(AtomicFile file) {
    WRITTEN.add(file);
    stopAtEnd();
  }

  /** Ends what {@link #add} began, and does not return either if the process is ending. */
  static void remove(AtomicFile file) {
    WRITTEN.remove(file);
    stopAtEnd();
  }

  private static void stopAtEnd() {
    if (!ending || awaited) {
      return;
    }
    try {
      Thread.sleep(PATIENCE_MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void run() {
    ending = true;
    if (awaited) {
      return;
    }
    for (AtomicFile file : WRITTEN) {
      try {
        file.discard();
      } catch (IOException e) {
        // the next run that writes there removes it
      }
    }
  }
}

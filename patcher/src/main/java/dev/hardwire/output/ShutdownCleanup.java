package dev.hardwire.output;

import java.io.Closeable;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Removes what is being written when a signal ends this process, and says what was written. Writing
 * threads must stop then, because files that they begin afterwards would not be removed.
 */
public final class ShutdownCleanup {
  /** What is left to remove unless its work is finished. */
  interface Unfinished extends Closeable {
    /** Removes it; nothing is written there after it. */
    void discard() throws IOException;

    /** Leaves nothing behind unless the work is finished. */
    @Override
    default void close() throws IOException {
      try {
        discard();
      } finally {
        remove(this);
      }
    }

    /** Its place among others at the end, from 0: what may contain others comes later. */
    default int depth() {
      return 0;
    }
  }

  /** The longest time that a process may take to end. */
  private static final long PATIENCE_MILLISECONDS = 10_000;

  private static final int DEEPEST = 2;

  private static final Set<Unfinished> WRITTEN = ConcurrentHashMap.newKeySet();

  private static final AtomicInteger PLACED = new AtomicInteger();

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
  static void add(Unfinished file) {
    WRITTEN.add(file);
    stopAtEnd();
  }

  /** Ends what {@link #add} began, and does not return either if the process is ending. */
  static void remove(Unfinished file) {
    WRITTEN.remove(file);
    stopAtEnd();
  }

  /** Counts a file that is in its place, unless that is a folder for temporary files. */
  static void countPlaced(Path file) {
    for (Unfinished one : WRITTEN) {
      if (one instanceof WorkFolder folder && folder.contains(file)) {
        return;
      }
    }
    PLACED.incrementAndGet();
  }

  /** Does not return if the process is ending. */
  static void stopAtEnd() {
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
    for (int depth = 0; depth <= DEEPEST; depth++) {
      for (Unfinished file : WRITTEN) {
        if (file.depth() == depth) {
          discard(file);
        }
      }
    }
    EndNotice.print(PLACED.get());
  }

  private static void discard(Unfinished file) {
    try {
      file.discard();
    } catch (IOException e) {
      // the next run that writes there removes it
    }
  }

  /** Says on standard error what a run that was ended by a signal has written. */
  public static final class EndNotice {
    private static volatile PrintWriter err;

    private EndNotice() {}

    /**
     * Begins a run.
     *
     * @param to takes the notice; null when the run is finished, and nothing more is said
     */
    public static void setOutput(PrintWriter to) {
      err = to;
    }

    private static void print(int placed) {
      PrintWriter to = err;
      if (to != null) {
        to.println(
            placed == 0
                ? "hardwire: ended by a signal; nothing was written"
                : "hardwire: ended by a signal; %d %s written before"
                    .formatted(placed, placed == 1 ? "file was" : "files were"));
        to.flush();
      }
    }
  }
}

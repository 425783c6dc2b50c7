package dev.hardwire.output;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

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

  /** No exit status. */
  private static final int RUNS = -1;

  /** Ends the process, if that is a run of the command. */
  private static volatile IntConsumer halt;

  private static volatile PrintWriter err;
  private static volatile boolean awaited;
  private static volatile boolean ending;
  private static int finished = RUNS;

  static {
    try {
      Runtime.getRuntime().addShutdownHook(new Thread(ShutdownCleanup::run, "end hook"));
    } catch (IllegalStateException e) {
      ending = true;
    }
  }

  private ShutdownCleanup() {}

  /**
   * This process is a run of the command: from now on, its end by a signal is told.
   *
   * @param end ends the process at once, with an exit status; null if this is no such run
   */
  public static void beginCommand(IntConsumer end) {
    halt = end;
  }

  /** What takes the notice of the end, instead of the descriptor of standard error. */
  public static void setOutput(PrintWriter output) {
    err = output;
  }

  /**
   * The run is finished and has told its result. If no signal has ended it before, the process ends
   * with this status, whatever comes now.
   */
  public static synchronized void finishCommand(int status) {
    if (!ending) {
      finished = status;
    }
  }

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
    int status = end();
    if (status != RUNS) {
      halt.accept(status); // a signal that comes now does not change it
    }
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
    if (halt != null) {
      printNotice();
    }
  }

  private static synchronized int end() {
    ending = true;
    return finished;
  }

  private static void discard(Unfinished file) {
    try {
      file.discard();
    } catch (IOException e) {
      // the next run that writes there removes it
    }
  }

  /** Says on standard error what a run that was ended by a signal has written. */
  private static void printNotice() {
    int placed = PLACED.get();
    String notice =
        placed == 0
            ? "hardwire: ended by a signal; nothing was written"
            : "hardwire: ended by a signal; %d %s written before"
                .formatted(placed, placed == 1 ? "file was" : "files were");
    PrintWriter to = err;
    if (to == null) {
      to = new PrintWriter(new FileOutputStream(FileDescriptor.err), false, US_ASCII);
    }
    to.println(notice);
    to.flush();
  }
}

package dev.hardwire.image;

import java.io.IOException;

/**
 * Removes a file that is being written when a signal ends this process. Threads that write have to
 * stop then: what they begin afterwards nobody would remove.
 */
public final class EndHook extends Thread {
  /** For how long a process that is told to end may take, at most. */
  private static final long PATIENCE_MILLISECONDS = 10_000;

  private static volatile boolean awaited;

  private final AtomicFile file;

  EndHook(AtomicFile file) {
    super("end hook");
    this.file = file;
  }

  /**
   * Says whether the end of this process waits for all work, so that every file is finished or
   * removed by whoever writes it.
   */
  public static void setAwaited(boolean value) {
    awaited = value;
  }

  /** Begins to watch. If the process is ending, this does not return before it has ended. */
  void add() {
    try {
      Runtime.getRuntime().addShutdownHook(this);
    } catch (IllegalStateException e) {
      end();
    }
  }

  /** Ends what {@link #add} began, and does not return either if the process is ending. */
  void remove() {
    try {
      Runtime.getRuntime().removeShutdownHook(this);
    } catch (IllegalStateException e) {
      end();
    }
  }

  private static void end() {
    if (awaited) {
      return;
    }
    try {
      Thread.sleep(PATIENCE_MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void run() {
    if (awaited) {
      return;
    }
    try {
      file.discard();
    } catch (IOException e) {
      // the next run that writes there removes it
    }
  }
}

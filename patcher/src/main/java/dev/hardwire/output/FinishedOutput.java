package dev.hardwire.output;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * A written result that replaces a file and waits for its place. When it is settled, it is in its
 * place, or nothing is left of it.
 */
public final class FinishedOutput {
  /** A step on the way of a file to its place. */
  private interface Step {
    void take(AtomicFile file) throws IOException;
  }

  /** Threads that wait for the disk, which then does together what they ask for. */
  private static final int THREADS = 32;

  private static final ExecutorService WAITING = waiting();

  private final AtomicFile file;
  private final long size;
  private Optional<Exception> failure = Optional.empty();
  private boolean settled;

  /**
   * A result.
   *
   * @param file is prepared, and closed when it is settled
   * @param size in bytes
   */
  FinishedOutput(AtomicFile file, long size) throws IOException {
    this.file = file;
    this.size = size;
    file.startSync();
  }

  /** Its size in bytes. */
  long size() {
    return size;
  }

  /** Whether it is in its place, or could not be put there. */
  public synchronized boolean isSettled() {
    return settled;
  }

  /** Why it could not be put in its place. */
  public synchronized Optional<Exception> failure() {
    return failure;
  }

  /** Puts results in their places. The disk has the contents of each before its name changes. */
  static void settle(List<FinishedOutput> outputs) {
    sync(outputs);
    forEach(outputs, AtomicFile::place);
    Set<List<Long>> synced = new HashSet<>();
    forEach(outputs, file -> file.syncPlace(synced));
    for (FinishedOutput output : outputs) {
      output.close();
    }
  }

  private static void sync(List<FinishedOutput> outputs) {
    List<CompletableFuture<Void>> all = new ArrayList<>(outputs.size());
    for (FinishedOutput output : outputs) {
      all.add(CompletableFuture.runAsync(() -> output.take(AtomicFile::sync), WAITING));
    }
    all.forEach(CompletableFuture::join);
  }

  private static ExecutorService waiting() {
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            1,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            FinishedOutput::thread);
    threads.allowCoreThreadTimeOut(true);
    return threads;
  }

  static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "disk");
    thread.setDaemon(true);
    return thread;
  }

  private static void forEach(List<FinishedOutput> outputs, Step step) {
    for (FinishedOutput output : outputs) {
      output.take(step);
    }
  }

  /** Takes a step unless an earlier one failed. */
  private synchronized void take(Step step) {
    if (failure.isEmpty()) {
      try {
        step.take(file);
      } catch (IOException | RuntimeException e) {
        failure = Optional.of(e);
      } catch (Error e) { // lack of memory, perhaps; the others may be put in their places
        failure = Optional.of(new CompletionException(e));
      }
    }
  }

  private void close() {
    take(AtomicFile::close);
    if (failure().isPresent()) {
      closeFailed();
    }
    synchronized (this) {
      settled = true;
    }
  }

  private void closeFailed() {
    try {
      file.close();
    } catch (IOException e) {
      failure().orElseThrow().addSuppressed(e);
    }
  }
}

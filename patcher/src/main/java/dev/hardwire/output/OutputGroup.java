package dev.hardwire.output;

import dev.hardwire.os.ProcessState;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Puts results in their places together, up to 128 at a time: a disk takes little longer for all of
 * them than for one. A thread does that while others make more. Several threads may use it.
 */
public final class OutputGroup {
  private static final int FILES = 128;

  /** Each has two, while those of the group before have theirs; and what else may need some. */
  private static final int DESCRIPTORS = 7;

  /** Of the process itself, its JVM and the files that are being made. */
  private static final int OTHER_DESCRIPTORS = 64;

  private static final long BYTES = 1L << 26;

  /** After so long, results do not wait for others. */
  private static final long NANOSECONDS = 300_000_000;

  private final long files = files(ProcessState.descriptorLimit());
  private final List<FinishedOutput> waiting = new ArrayList<>();
  private long bytes;
  private long since;
  private CompletableFuture<Void> settling = CompletableFuture.completedFuture(null);

  /** How many results of a group the limit of open descriptors allows. */
  static long files(long limit) {
    long most = limit < 0 ? FILES : (limit - OTHER_DESCRIPTORS) / DESCRIPTORS;
    return Math.max(1, Math.min(FILES, most));
  }

  /** Adds a result; if there are enough, all are put in their places. */
  public synchronized void add(FinishedOutput output) {
    if (waiting.isEmpty()) {
      since = System.nanoTime();
    }
    waiting.add(output);
    bytes += output.size();
    if (waiting.size() >= files || bytes >= BYTES || System.nanoTime() - since >= NANOSECONDS) {
      settle();
    }
  }

  /** Puts those that wait in their places, and waits for that. */
  public synchronized void flush() {
    settle();
    settling.join();
  }

  /** Puts those that wait in their places while others are made, after those of the last time. */
  private void settle() {
    settling.join();
    List<FinishedOutput> all = List.copyOf(waiting);
    waiting.clear();
    bytes = 0;
    settling =
        CompletableFuture.runAsync(
            () -> FinishedOutput.settle(all),
            work -> FinishedOutput.thread(work).start()); // the common threads may be busy
  }
}

package dev.hardwire.trees;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Predicate;

/** Processes many items in parallel, and delivers the results in order. */
public final class OrderedWork {
  private OrderedWork() {}

  /**
   * Does all the work, in the caller's thread if one job is enough.
   *
   * @param jobs number of threads
   * @param work is done for each item; it does not throw
   * @param results receives each result in the order of the items, in the caller's thread, and
   *     returns whether work on further items may start. Work that has started is finished and
   *     delivered; if the caller's thread fails, it is waited for.
   */
  public static <I, R> void run(
      List<I> items, int jobs, Function<I, R> work, Predicate<R> results) {
    if (jobs == 1 || items.size() < 2) {
      for (I item : items) {
        if (!results.test(work.apply(item))) {
          return;
        }
      }
      return;
    }
    ExecutorService pool = Executors.newFixedThreadPool(Math.min(jobs, items.size()));
    AtomicBoolean stopped = new AtomicBoolean();
    try {
      List<Future<Optional<R>>> futures = new ArrayList<>(items.size());
      for (I item : items) {
        futures.add(
            pool.submit(() -> stopped.get() ? Optional.empty() : Optional.of(work.apply(item))));
      }
      for (int i = 0; i < futures.size(); i++) {
        Optional<R> result = futures.set(i, null).get();
        if (result.isPresent() && !results.test(result.get())) {
          stopped.set(true);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      stopped.set(true);
      pool.shutdown();
      waitFor(pool);
    }
  }

  private static void waitFor(ExecutorService pool) {
    try {
      boolean ended = false;
      while (!ended) {
        ended = pool.awaitTermination(1, TimeUnit.MINUTES);
      }
    } catch (InterruptedException e) {
      pool.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}

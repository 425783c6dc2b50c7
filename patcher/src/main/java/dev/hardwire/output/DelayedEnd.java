package dev.hardwire.output;

import java.util.concurrent.CountDownLatch;

/**
 * Lets work be finished although a signal ends this process: SIGINT from the terminal goes to the
 * program that is being run as well, and what it did until then is worth to be kept.
 */
public final class DelayedEnd {
  private final CountDownLatch finished = new CountDownLatch(1);
  private final Thread hook;

  private DelayedEnd(Runnable onEnd) {
    this.hook =
        new Thread(
            () -> {
              onEnd.run();
              try {
                finished.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
  }

  /**
   * From now on, until it is released, the end of this process waits.
   *
   * @param onEnd what is done when the process is told to end
   */
  public static DelayedEnd of(Runnable onEnd) {
    DelayedEnd end = new DelayedEnd(onEnd);
    ShutdownCleanup.setAwaited(true);
    Runtime.getRuntime().addShutdownHook(end.hook);
    return end;
  }

  /** The work is done; the process may end. */
  public void release() {
    finished.countDown();
    ShutdownCleanup.setAwaited(false);
    if (hook.isAlive()) {
      return; // the process is ending, and has waited for this
    }
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      finished.countDown(); // it began to end just now, and the hook finds nothing to wait for
    }
  }
}

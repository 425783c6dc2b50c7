package dev.hardwire.os;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Makes one system call of this process fail: the n-th of those that the command makes on files. It
 * is not made then. Calls that end what was begun are made all the same.
 */
public final class Faults implements AutoCloseable {
  private final AtomicInteger made = new AtomicInteger();
  private final Kernel.Seam before;
  private volatile String failed = "";

  private Faults(int wanted, int error) {
    before = Kernel.replace(new Failing(wanted, error));
  }

  /** Makes the call fail that is {@code wanted}, counted from 1; 0 for none. */
  public static Faults inject(int wanted, int error) {
    return new Faults(wanted, error);
  }

  /** How many calls were made. */
  public int count() {
    return made.get();
  }

  /** The call that failed; empty if none did. */
  public String failed() {
    return failed;
  }

  @Override
  public void close() {
    Kernel.replace(before);
  }

  private final class Failing extends Kernel.Seam {
    private final int wanted;
    private final int error;

    Failing(int wanted, int error) {
      this.wanted = wanted;
      this.error = error;
    }

    @Override
    long call(SystemCall call, long a, long b, long c, long d, long e, long f) {
      if (made.incrementAndGet() != wanted) {
        return super.call(call, a, b, c, d, e, f);
      }
      failed = call.name();
      if (call == SystemCall.CLOSE) { // an error does not keep the file open
        super.call(call, a, b, c, d, e, f);
      }
      return -error;
    }
  }
}

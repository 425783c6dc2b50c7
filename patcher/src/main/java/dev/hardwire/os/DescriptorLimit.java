package dev.hardwire.os;

import java.nio.ByteBuffer;

/** How many descriptors this process may have open. */
public final class DescriptorLimit {
  private static final int RLIMIT_NOFILE = 7;
  private static final int THIS_PROCESS = 0;

  /** Of a {@code struct rlimit64}: the limit, and how far the process may raise it. */
  private static final int RLIMIT = 2 * Long.BYTES;

  private static final long USUAL = 1024;

  private DescriptorLimit() {}

  /** The limit; the usual one if the kernel does not tell it. Negative numbers stand for none. */
  public static long get() {
    if (!Kernel.isAvailable()) {
      return USUAL;
    }
    ByteBuffer limit = Kernel.allocate(RLIMIT);
    long result =
        Kernel.call(SystemCall.PRLIMIT64, THIS_PROCESS, RLIMIT_NOFILE, 0, Kernel.address(limit), 0);
    return result == 0 ? limit.getLong(0) : USUAL;
  }
}

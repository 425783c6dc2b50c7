package dev.hardwire.os;

import java.nio.ByteBuffer;

/** The native methods. Their code is {@code stub-asm/native.c}. */
final class NativeCalls {
  private NativeCalls() {}

  /**
   * Makes a system call.
   *
   * @param number of the host's architecture
   * @return the kernel's result as it is; an error number times -1 if the call failed
   */
  static native long syscall(long number, long a, long b, long c, long d, long e, long f);

  /** The address of the memory of a direct buffer. */
  static native long address(ByteBuffer buffer);
}

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

  /**
   * Makes the first of a list of system calls, which starts a process. The new process makes the
   * others; the last one ends it.
   *
   * @param list the address of a number and six arguments of 64 bits for each call; the first
   *     argument of the last one is the result of the call before it, times -1
   * @param count of calls, at least three
   * @return the result of the first call, in this process
   */
  static native long fork(long list, long count);

  /** The address of the memory of a direct buffer. */
  static native long address(ByteBuffer buffer);
}

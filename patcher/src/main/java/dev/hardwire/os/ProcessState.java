package dev.hardwire.os;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.util.Set;

/**
 * What execve(2) keeps of a process and a JVM changes: signals that are blocked or ignored, and
 * open descriptors.
 */
public final class ProcessState {
  static final int SIGNALS = 64;
  static final int SET_SIZE = SIGNALS / Byte.SIZE;
  static final int SIG_SETMASK = 2;
  static final long SIG_IGN = 1;

  /** Larger than the kernel's struct sigaction of every host; the handler is its first word. */
  static final int ACTION_SIZE = 64;

  private static final int F_SETFD = 2;
  private static final int F_GETFL = 3;
  private static final int FD_CLOEXEC = 1;

  private static final int RLIMIT_NOFILE = 7;

  /** How many descriptors a process may have open, usually. */
  private static final long USUAL_LIMIT = 1024;

  private ProcessState() {}

  /**
   * How many descriptors this process may have open; the usual number if the kernel does not tell
   * it. Negative numbers stand for no limit.
   */
  public static long descriptorLimit() {
    if (!Kernel.isAvailable()) {
      return USUAL_LIMIT;
    }
    ByteBuffer limit = Kernel.allocate(2 * Long.BYTES); // struct rlimit64
    long result = Kernel.call(SystemCall.PRLIMIT64, 0, RLIMIT_NOFILE, 0, Kernel.address(limit), 0);
    return result == 0 ? limit.getLong(0) : USUAL_LIMIT;
  }

  /**
   * Sets what this thread blocks and this process ignores.
   *
   * @param blocked bit N-1 stands for signal N, as in /proc/PID/status
   * @param ignored the same
   */
  public static void setSignals(long blocked, long ignored) {
    ByteBuffer action = Kernel.allocate(ACTION_SIZE);
    ByteBuffer old = Kernel.allocate(ACTION_SIZE);
    for (int signal = 1; signal <= SIGNALS; signal++) {
      boolean wanted = ((ignored >>> (signal - 1)) & 1) != 0;
      Kernel.call(SystemCall.RT_SIGACTION, signal, 0, Kernel.address(old), SET_SIZE, 0);
      if (wanted != (Kernel.word(old, 0) == SIG_IGN)) {
        Kernel.putWord(action, 0, wanted ? SIG_IGN : 0);
        Kernel.call(SystemCall.RT_SIGACTION, signal, Kernel.address(action), 0, SET_SIZE, 0);
      }
    }
    ByteBuffer mask = Kernel.allocate(SET_SIZE).putLong(0, blocked);
    Kernel.call(SystemCall.RT_SIGPROCMASK, SIG_SETMASK, Kernel.address(mask), 0, SET_SIZE, 0);
  }

  /** Lets a program that this process becomes have the descriptors {@code kept}, and no others. */
  public static void keepOnly(Set<Integer> open, Set<Integer> kept) {
    for (int descriptor : open) {
      if (!kept.contains(descriptor)) {
        Kernel.call(SystemCall.FCNTL, descriptor, F_SETFD, FD_CLOEXEC);
      }
    }
  }

  /** Whether a write to a descriptor waits until there is room; false if that is not known. */
  public static boolean waits(int descriptor) {
    long flags = Kernel.isAvailable() ? Kernel.call(SystemCall.FCNTL, descriptor, F_GETFL, 0) : -1;
    return flags >= 0 && (flags & Descriptor.O_NONBLOCK) == 0;
  }

  public static void close(int descriptor) {
    Kernel.call(SystemCall.CLOSE, descriptor, 0, 0);
  }

  /** Waits for the end of a child that Java does not know. */
  public static void reap(long child) throws IOException {
    long result;
    do {
      result = Kernel.call(SystemCall.WAIT4, child, 0, 0, 0, 0);
    } while (result == -HostError.EINTR);
    if (result != child) {
      throw new FileSystemException("process " + child, null, HostError.text((int) -result));
    }
  }
}

package dev.hardwire.os;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileSystemException;

/**
 * Makes system calls. Nothing is checked here: a wrong address ends the JVM. Errors come back as
 * the kernel gives them; {@link HostError} makes exceptions of them.
 */
public final class Kernel {
  private static final HostAbi HOST = NativeLibrary.load();

  private static Seam seam = new Seam();

  /** Makes the calls. Tests put another one in its place, which makes some of them fail. */
  static class Seam {
    long call(SystemCall call, long a, long b, long c, long d, long e, long f) {
      return NativeCalls.syscall(call.number(HOST), a, b, c, d, e, f);
    }
  }

  private Kernel() {}

  /** Whether system calls can be made: whether there is native code for this host. */
  public static boolean isAvailable() {
    return HOST != null;
  }

  /**
   * Checks that system calls can be made.
   *
   * @param purpose what needs them, for the message: a file or an activity
   * @throws FileSystemException saying that they cannot, and why
   */
  public static void require(String purpose) throws FileSystemException {
    if (HOST == null) {
      throw new FileSystemException(purpose, null, NativeLibrary.fault());
    }
  }

  /** The architecture of the host; only if {@link #isAvailable}. */
  static HostAbi host() {
    return HOST;
  }

  /** Makes calls in another way from now on; returns what made them before. */
  static Seam replace(Seam other) {
    Seam before = seam;
    seam = other;
    return before;
  }

  /** Makes a call with up to six arguments; unused ones are 0. A signal does not end it. */
  public static long call(SystemCall call, long a, long b, long c, long d, long e, long f) {
    long result = seam.call(call, a, b, c, d, e, f);
    while (result == -HostError.EINTR && call.isRepeated()) {
      result = seam.call(call, a, b, c, d, e, f);
    }
    return result;
  }

  /** Makes a call with up to three arguments. */
  public static long call(SystemCall call, long a, long b, long c) {
    return call(call, a, b, c, 0, 0, 0);
  }

  /** Makes a call with up to five arguments. */
  public static long call(SystemCall call, long a, long b, long c, long d, long e) {
    return call(call, a, b, c, d, e, 0);
  }

  /** Makes a call on a part of a file, whose last argument is a 64-bit offset. */
  static long callAt(SystemCall call, int descriptor, long address, long length, long offset) {
    if (HOST.isWide()) {
      return call(call, descriptor, address, length, offset, 0);
    }
    long low = offset & 0xffff_ffffL;
    long high = offset >>> 32;
    return HOST.alignsPairs()
        ? call(call, descriptor, address, length, 0, low, high)
        : call(call, descriptor, address, length, low, high);
  }

  /** Makes a call whose second and last argument is a 64-bit offset. */
  static long callAt(SystemCall call, int descriptor, long offset) {
    if (HOST.isWide()) {
      return call(call, descriptor, offset, 0);
    }
    long low = offset & 0xffff_ffffL;
    long high = offset >>> 32;
    return HOST.alignsPairs()
        ? call(call, descriptor, 0, low, high, 0)
        : call(call, descriptor, low, high);
  }

  /**
   * The address of the memory of a direct buffer, at index 0. It is valid as long as the buffer is
   * reachable.
   */
  public static long address(ByteBuffer buffer) {
    if (!buffer.isDirect()) {
      throw new IllegalArgumentException("not a direct buffer");
    }
    return NativeCalls.address(buffer);
  }

  /** Memory for arguments, in the host's byte order. */
  public static ByteBuffer allocate(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  /** Bytes of an address. */
  public static int wordSize() {
    return HOST.isWide() ? Long.BYTES : Integer.BYTES;
  }

  /** Writes an address, or a {@code long} of the kernel. */
  static void putWord(ByteBuffer memory, int at, long value) {
    if (HOST.isWide()) {
      memory.putLong(at, value);
    } else {
      memory.putInt(at, (int) value);
    }
  }

  /** Reads one; one of 32 bits is unsigned. */
  static long word(ByteBuffer memory, int at) {
    return HOST.isWide() ? memory.getLong(at) : memory.getInt(at) & 0xffff_ffffL;
  }
}

package dev.hardwire.filter;

import dev.hardwire.arch.Target;
import java.nio.ByteOrder;
import java.util.List;

/**
 * What a filter sees of one system call: {@code struct seccomp_data} of seccomp(2).
 *
 * @param nr the call's number, as the unsigned reading of 32 bits
 * @param arch an AUDIT_ARCH_ value, unsigned 32 bits
 * @param instructionPointer all 64 bits
 * @param args six arguments, all 64 bits each
 * @param order of the two halves of a 64-bit field in memory
 */
public record SeccompData(
    long nr, long arch, long instructionPointer, List<Long> args, ByteOrder order) {
  /** Size of the structure in bytes. */
  public static final int SIZE = 64;

  /** Offsets of its fields in bytes. */
  public static final int NR = 0;

  public static final int ARCH = 4;
  public static final int INSTRUCTION_POINTER = 8;
  public static final int ARGS = 16;

  public SeccompData {
    if (nr < 0 || nr > 0xffff_ffffL || arch < 0 || arch > 0xffff_ffffL) {
      throw new IllegalArgumentException("number or architecture does not fit 32 bits");
    }
    args = List.copyOf(args);
    if (args.size() != 6) {
      throw new IllegalArgumentException(args.size() + " arguments, not 6");
    }
  }

  /** A call on {@code architecture}; arguments that are not given are 0. */
  public static SeccompData of(Target architecture, long nr, long... args) {
    Long[] six = new Long[6];
    for (int i = 0; i < 6; i++) {
      six[i] = i < args.length ? args[i] : 0L;
    }
    return new SeccompData(
        nr & 0xffff_ffffL, architecture.auditNumber(), 0, List.of(six), architecture.order());
  }

  /** The same call on another architecture's number. */
  public SeccompData withArch(long otherArch) {
    return new SeccompData(nr, otherArch, instructionPointer, args, order);
  }

  /** Offset in bytes of the low half of argument {@code index} in byte order {@code order}. */
  public static int lowHalf(int index, ByteOrder order) {
    return ARGS + 8 * index + (order == ByteOrder.LITTLE_ENDIAN ? 0 : 4);
  }

  /** Offset in bytes of the high half of argument {@code index} in byte order {@code order}. */
  public static int highHalf(int index, ByteOrder order) {
    return ARGS + 8 * index + (order == ByteOrder.LITTLE_ENDIAN ? 4 : 0);
  }

  /**
   * The 32 bits at {@code offset}, unsigned.
   *
   * @param offset in bytes, a multiple of 4 below {@link #SIZE}
   */
  public long word(long offset) {
    if (offset == NR) {
      return nr;
    }
    if (offset == ARCH) {
      return arch;
    }
    long field = offset < ARGS ? instructionPointer : args.get((int) (offset - ARGS) / Long.BYTES);
    boolean firstHalf = offset % 8 == 0;
    return firstHalf == (order == ByteOrder.LITTLE_ENDIAN) ? field & 0xffff_ffffL : field >>> 32;
  }
}

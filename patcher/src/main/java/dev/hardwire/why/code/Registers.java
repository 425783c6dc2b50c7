package dev.hardwire.why.code;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.filter.SeccompData;
import java.util.ArrayList;
import java.util.List;

/**
 * The general registers of a thread, as core files and ptrace(2) have them: struct user_regs_struct
 * and its like in the kernel's {@code arch/ARCH/include/uapi/asm/ptrace.h}.
 */
public final class Registers {
  /** Words: program counter, number of the call, result, then the arguments. */
  private record Layout(int words, int pc, int number, int result, List<Integer> arguments) {}

  private static Layout of(int words, int pc, int number, int result, Integer... six) {
    return new Layout(words, pc, number, result, List.of(six));
  }

  private static final Layout X86_64 = of(27, 16, 15, 10, 14, 13, 12, 7, 9, 8);
  private static final Layout I386 = of(17, 12, 11, 6, 0, 1, 2, 3, 4, 5);

  /** The registers of x86-64 that have the arguments of calls of i386. */
  private static final List<Integer> COMPATIBLE = List.of(5, 11, 12, 13, 14, 4);

  /** Words of the registers by their numbers in DWARF (psABI); the last is the return address. */
  private static final int[] DWARF_64 = {10, 12, 11, 5, 13, 14, 4, 19, 9, 8, 7, 6, 3, 2, 1, 0, 16};

  private static final int[] DWARF_32 = {6, 1, 2, 0, 15, 5, 3, 4, 12};

  private final Target target;
  private final Layout layout;
  private final Bytes bytes;

  private Registers(Target target, Layout layout, Bytes bytes) {
    this.target = target;
    this.layout = layout;
    this.bytes = bytes;
  }

  private static Layout layout(Target target) {
    return switch (target) {
      case X86_64 -> X86_64;
      case I386 -> I386;
      case AARCH64 -> of(34, 32, 8, 0, 0, 1, 2, 3, 4, 5);
      case ARM -> of(18, 15, 7, 0, 17, 1, 2, 3, 4, 5);
      case RISCV64 -> of(32, 0, 17, 10, 10, 11, 12, 13, 14, 15);
      case PPC64LE -> of(48, 32, 0, 3, 34, 4, 5, 6, 7, 8);
      case S390X -> of(27, 1, 3, 4, 26, 5, 6, 7, 8, 9);
      case LOONGARCH64 -> of(45, 33, 11, 4, 32, 5, 6, 7, 8, 9);
    };
  }

  /** How many bytes they take. */
  public static int size(Target target) {
    return layout(target).words() * target.elfClass().wordSize();
  }

  /**
   * Registers of an architecture.
   *
   * @param bytes at least {@link #size}
   */
  public static Registers of(Target target, Bytes bytes) {
    return new Registers(
        target, layout(target), bytes.slice(0, size(target)).withOrder(target.order()));
  }

  /** The architecture of the program. */
  public Target target() {
    return target;
  }

  private long word(int index) {
    return target.elfClass().wordSize() == Long.BYTES
        ? bytes.u64((long) index * Long.BYTES)
        : bytes.u32((long) index * Integer.BYTES);
  }

  /** The address of the next instruction. */
  public long pc() {
    return word(layout.pc());
  }

  /** The number of the system call that the thread has made last, unsigned. */
  public long number() {
    return word(layout.number()) & 0xffff_ffffL;
  }

  /**
   * Whether the kernel has put the registers back as they were before the call, which it does when
   * a filter kills the process (syscall_rollback in kernel/seccomp.c); for x86.
   */
  public boolean isRolledBack() {
    long number = word(layout.number());
    return (int) number >= 0 && word(layout.result()) == number;
  }

  /** Whether the call has not been made, as when a filter kills one of several threads; for x86. */
  public boolean isUnanswered() {
    int notMade = -38; // ENOSYS, the result until there is another
    return (int) word(layout.number()) >= 0 && (int) word(layout.result()) == notMade;
  }

  /**
   * What a filter saw of the last call.
   *
   * @param interfaceUsed whose calls it is; a program of x86-64 can make those of i386
   * @param number of the call, unsigned
   */
  public SeccompData call(Target interfaceUsed, long number) {
    boolean compatible = target == Target.X86_64 && interfaceUsed == Target.I386;
    List<Long> arguments = new ArrayList<>();
    for (int index : compatible ? COMPATIBLE : layout.arguments()) {
      arguments.add(compatible ? word(index) & 0xffff_ffffL : word(index));
    }
    return new SeccompData(
        number, interfaceUsed.auditNumber(), pc(), arguments, interfaceUsed.order());
  }

  /**
   * The registers by their numbers in DWARF; the program counter is that of the return address.
   * Empty where frames are not followed.
   */
  long[] numbered() {
    int[] words =
        switch (target) {
          case X86_64 -> DWARF_64;
          case I386 -> DWARF_32;
          default -> new int[0];
        };
    long[] values = new long[words.length];
    for (int i = 0; i < words.length; i++) {
      values[i] = word(words[i]);
    }
    return values;
  }
}

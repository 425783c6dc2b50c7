package dev.hardwire.stub;

import dev.hardwire.arch.Target;
import java.nio.ByteOrder;

/**
 * The first word of {@code struct sock_fprog} (seccomp(2)): the number of instructions in 16 bits
 * at its start, then zeros up to the pointer.
 */
public final class FilterLength {
  private FilterLength() {}

  static long word(Target machine, long instructions) {
    return instructions << shift(machine);
  }

  /**
   * The number of instructions in a word. If other bits are set, the number is larger than that of
   * any filter.
   */
  public static long instructions(Target machine, long word) {
    long instructions = word >>> shift(machine);
    return word(machine, instructions) == word ? instructions : -1;
  }

  private static int shift(Target machine) {
    return machine.order() == ByteOrder.LITTLE_ENDIAN
        ? 0
        : 8 * machine.elfClass().wordSize() - Short.SIZE;
  }
}

package dev.hardwire.filter.compile;

import dev.hardwire.filter.resolve.Expression;

/**
 * A number that a decision depends on: some bits of an argument.
 *
 * @param argument 0 to 5
 * @param mask the relevant bits of the register; the others are taken as 0
 */
record Variable(int argument, long mask) {
  static Variable of(Expression.Test test) {
    return new Variable(test.argument(), test.mask());
  }

  /** The relevant bits of the low word. */
  long lowMask() {
    return mask & 0xffff_ffffL;
  }

  /** The relevant bits of the high word. */
  long highMask() {
    return mask >>> 32;
  }

  /** Whether any number with only bits of {@code mask} is in an interval. */
  static boolean hasValue(long mask, long from, long to) {
    long value = from;
    long outside = value & ~mask;
    if (outside != 0) {
      int top = Long.SIZE - 1 - Long.numberOfLeadingZeros(outside);
      long carry = above(top) & mask & ~value;
      if (carry == 0) {
        return false;
      }
      long bit = Long.lowestOneBit(carry);
      value = (value & ~((bit << 1) - 1)) | bit;
      value &= mask;
    }
    return Long.compareUnsigned(value, to) <= 0 && Long.compareUnsigned(value, from) >= 0;
  }

  private static long above(int bit) {
    return bit == Long.SIZE - 1 ? 0 : -1L << (bit + 1);
  }
}

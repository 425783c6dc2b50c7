package dev.hardwire.derive.flow;

import java.util.Optional;

/**
 * What {@code cmp} or {@code test} does with two known numbers.
 *
 * @param test whether it is {@code test}: the operands are joined by and, not subtracted
 * @param left first operand
 * @param right second operand
 * @param size of both in bytes
 */
public record FlagTest(boolean test, long left, long right, int size) {
  public FlagTest {
    left &= PossibleBits.mask(size);
    right &= PossibleBits.mask(size);
  }

  /**
   * Whether a conditional jump behind it is taken.
   *
   * @param condition see {@link dev.hardwire.derive.decode.Instruction#condition}
   * @return empty for those on parity or on none
   */
  public Optional<Boolean> holds(int condition) {
    long result = (test ? left & right : left - right) & PossibleBits.mask(size);
    int sign = 8 * size - 1;
    boolean negative = (result >>> sign & 1) != 0;
    boolean zero = result == 0;
    boolean carry = !test && Long.compareUnsigned(left, right) < 0;
    boolean overflow = !test && (((left ^ right) & (left ^ result)) >>> sign & 1) != 0;
    boolean holds;
    switch (condition >> 1) {
      case 0 -> holds = overflow;
      case 1 -> holds = carry;
      case 2 -> holds = zero;
      case 3 -> holds = carry || zero;
      case 4 -> holds = negative;
      case 6 -> holds = negative != overflow;
      case 7 -> holds = zero || negative != overflow;
      default -> {
        return Optional.empty();
      }
    }
    return Optional.of(holds != ((condition & 1) != 0));
  }
}

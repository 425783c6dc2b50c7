package dev.hardwire.filter.compile;

import java.util.Optional;

/**
 * A comparison that foreign formats can express: on all 64 bits of a register, unsigned.
 *
 * @param argument 0 to 5
 * @param kind of comparison
 * @param mask the bits that count; all of them unless {@code kind} is {@link Kind#BITS}
 * @param value to compare with
 */
public record PlainCheck(int argument, Kind kind, long mask, long value) {
  /** How the argument is compared. */
  public enum Kind {
    /** The bits of the mask have the value. */
    BITS,
    AT_LEAST,
    AT_MOST,
    NOT
  }

  public PlainCheck {
    if ((value & ~mask) != 0 || (kind != Kind.BITS && mask != -1)) {
      throw new IllegalArgumentException("value or mask does not fit the comparison");
    }
  }

  public static PlainCheck bits(int argument, long mask, long value) {
    return new PlainCheck(argument, Kind.BITS, mask, value);
  }

  /** Both of two checks of bits of one argument as one; empty if they contradict each other. */
  public Optional<PlainCheck> and(PlainCheck other) {
    long common = mask & other.mask;
    if ((value & common) != (other.value & common)) {
      return Optional.empty();
    }
    return Optional.of(bits(argument, mask | other.mask, value | other.value));
  }
}

package dev.hardwire.seccomp.compile;

/**
 * Consecutive call numbers with one decision.
 *
 * @param from first number, unsigned 32 bits
 * @param to last number, unsigned 32 bits
 * @param decision what the filter does once the number is known to be in the range
 */
record NumberRange(long from, long to, Node decision) {
  static final long LAST = 0xffff_ffffL;

  NumberRange {
    if (from < 0 || from > to || to > LAST) {
      throw new IllegalArgumentException("not a range: " + from + " to " + to);
    }
  }

  boolean isSingle() {
    return from == to;
  }
}

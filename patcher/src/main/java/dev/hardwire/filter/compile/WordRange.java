package dev.hardwire.filter.compile;

/**
 * Consecutive values of the accumulator with one decision.
 *
 * @param from first value, unsigned 32 bits
 * @param to last value, unsigned 32 bits
 * @param target the node that follows
 * @param weight relative frequency, compared with the other ranges
 */
record WordRange(long from, long to, Node target, long weight) {
  static final long LAST = 0xffff_ffffL;

  WordRange {
    if (from < 0 || from > to || to > LAST || weight < 0) {
      throw new IllegalArgumentException("not a range: " + from + " to " + to + ", " + weight);
    }
  }

  boolean isSingle() {
    return from == to;
  }
}

package dev.hardwire.filter.compile;

import java.util.List;

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

  static long weight(List<WordRange> ranges) {
    long sum = 0;
    for (WordRange range : ranges) {
      sum += range.weight;
    }
    return sum;
  }

  boolean isSingle() {
    return from == to;
  }
}

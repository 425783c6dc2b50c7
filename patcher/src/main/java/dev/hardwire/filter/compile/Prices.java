package dev.hardwire.filter.compile;

import java.util.List;

/**
 * The cost of a tree of tests.
 *
 * @param step cost of one more test before a range, for each unit of the range's weight
 * @param instruction cost of one more instruction
 * @param twoWays additional cost of a test of which neither branch continues with another test: the
 *     kernel translates a jump to two instructions unless one branch leads to the next instruction
 */
record Prices(long step, long instruction, long twoWays) {
  /**
   * Costs in steps of the kernel through the filter, 2.2 ns each: checking, translating and
   * assembling an instruction takes 125 ns, assembling an additional one 52 ns (Linux 6.18).
   */
  private static final Prices INSTALLING = new Prices(1, 57, 24);

  /** The prices for a tree that distinguishes ranges. */
  static Prices of(Objective objective, List<WordRange> ranges) {
    long weight = Math.max(1, WordRange.weight(ranges));
    return switch (objective) {
      case SIZE -> new Prices(1, 1 + weight * 2 * ranges.size(), 0);
      // As many instructions as there are ranges are worth half a step of the mean way.
      case MEAN -> new Prices(2L * ranges.size(), weight, 0);
      case MIX -> INSTALLING;
    };
  }

  /** One test on the path of {@code weight}, with the branches {@code yes} and {@code no}. */
  long test(long weight, boolean yesReturns, boolean noReturns) {
    return instruction + step * weight + (yesReturns && noReturns ? twoWays : 0);
  }
}

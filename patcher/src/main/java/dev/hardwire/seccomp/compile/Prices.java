package dev.hardwire.seccomp.compile;

/**
 * What a tree of tests costs.
 *
 * @param step one more test before a range, for each unit of the range's weight
 * @param instruction one more instruction
 * @param twoWays one more test after which neither way goes on to another test: the kernel makes
 *     two instructions of a jump unless one way leads to what follows
 */
record Prices(long step, long instruction, long twoWays) {
  /**
   * Steps of the kernel through the filter, 2.2 ns each, that take as long as it takes to check,
   * translate and assemble an instruction, 125 ns, or to assemble one more, 52 ns (Linux 6.18).
   */
  private static final Prices INSTALLING = new Prices(1, 57, 24);

  /**
   * The prices for a tree.
   *
   * @param ranges how many it tells apart
   * @param weight theirs together
   */
  static Prices of(Objective objective, int ranges, long weight) {
    return switch (objective) {
      case SIZE, DEPTH -> new Prices(1, 1 + weight * 2 * ranges, 0);
      // As many instructions as there are ranges are worth half a step of the mean way.
      case MEAN -> new Prices(2L * ranges, weight, 0);
      case MIX -> INSTALLING;
    };
  }

  /** One test on the way of {@code weight}, that leads to {@code yes} and {@code no}. */
  long test(long weight, boolean yesReturns, boolean noReturns) {
    return instruction + step * weight + (yesReturns && noReturns ? twoWays : 0);
  }
}

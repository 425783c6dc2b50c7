package dev.hardwire.filter.compile;

import dev.hardwire.filter.Bpf;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Distinguishes a few ranges that are close together by tests of bits, with one or two
 * instructions: a JSET selects all values that have any of some bits, however many ranges they are
 * in.
 *
 * <p>A set of values is a word here: bit i represents the first value of the ranges plus i.
 */
final class BitTests {
  /** The maximum number of ranges, of their targets, and of instructions. */
  private static final int RANGES = 9;

  private static final int TARGETS = 3;
  private static final int TESTS = 2;

  /** The price of values that take more tests. */
  private static final long IMPOSSIBLE = Long.MAX_VALUE;

  /** Bit i is set where the number i has bit 0, 1, and so on. */
  private static final long[] HAVING = {
    0xaaaa_aaaa_aaaa_aaaaL,
    0xcccc_cccc_cccc_ccccL,
    0xf0f0_f0f0_f0f0_f0f0L,
    0xff00_ff00_ff00_ff00L,
    0xffff_0000_ffff_0000L,
    0xffff_ffff_0000_0000L
  };

  private final NodeGraph graph;
  private final Prices prices;
  private final List<WordRange> ranges;
  private final long first;

  /** The values of each range. */
  private final long[] sets;

  /** The values that have a bit, for each bit. */
  private final long[] having;

  private final List<Node> targets;

  /** The values of each target. */
  private final long[] withTarget;

  /** The price of the tests, or {@link #IMPOSSIBLE}. */
  private final long price;

  private BitTests(NodeGraph graph, Prices prices, List<WordRange> ranges, List<Node> targets) {
    this.graph = graph;
    this.prices = prices;
    this.ranges = ranges;
    this.targets = targets;
    this.first = ranges.get(0).from();
    this.sets = new long[ranges.size()];
    this.withTarget = new long[targets.size()];
    for (int i = 0; i < sets.length; i++) {
      WordRange range = ranges.get(i);
      sets[i] = upTo((int) (range.to() - first)) & ~upTo((int) (range.from() - first) - 1);
      withTarget[targets.indexOf(range.target())] |= sets[i];
    }
    long last = ranges.get(sets.length - 1).to();
    this.having = new long[Long.SIZE - Long.numberOfLeadingZeros(last)];
    Arrays.setAll(having, bit -> having(first, bit));
    this.price = price(all(), TESTS);
  }

  /**
   * A test of some values.
   *
   * @param k of a JSET, all bits that select only those values
   * @param yes those for which it holds
   * @param no the others
   */
  private record Test(int operation, long k, long yes, long no, long price) {}

  /** The tests of neighbouring ranges, or none if more than {@link #TESTS} are needed. */
  static Optional<BitTests> of(NodeGraph graph, Prices prices, List<WordRange> ranges) {
    long span = ranges.get(ranges.size() - 1).to() - ranges.get(0).from();
    if (ranges.size() < 3 || ranges.size() > RANGES || span >= Long.SIZE) {
      return Optional.empty();
    }
    List<Node> targets = ranges.stream().map(WordRange::target).distinct().toList();
    if (targets.size() > TARGETS) {
      return Optional.empty();
    }
    BitTests tests = new BitTests(graph, prices, ranges, targets);
    return tests.price == IMPOSSIBLE ? Optional.empty() : Optional.of(tests);
  }

  long price() {
    return price;
  }

  Node build() {
    return build(all(), TESTS);
  }

  private long all() {
    return upTo((int) (ranges.get(sets.length - 1).to() - first));
  }

  /** The values up to the {@code last}th; none for -1. */
  private static long upTo(int last) {
    return last < 0 ? 0 : -1L >>> (Long.SIZE - 1 - last);
  }

  private Node build(long set, int left) {
    Node target = single(set);
    if (target != null) {
      return target;
    }
    Test test = best(set, left);
    long k = test.operation == Bpf.JSET ? least(test.k, set, test.yes) : test.k;
    return graph.branch(test.operation, k, build(test.yes, left - 1), build(test.no, left - 1));
  }

  /** The target of all of {@code set}, or null if there are more. */
  private Node single(long set) {
    for (int i = 0; i < withTarget.length; i++) {
      if ((set & ~withTarget[i]) == 0) {
        return targets.get(i);
      }
    }
    return null;
  }

  private long price(long set, int left) {
    if (single(set) != null) {
      return 0;
    }
    Test best = left == 0 ? null : best(set, left);
    return best == null ? IMPOSSIBLE : best.price;
  }

  /** The cheapest test of values with different targets, or null. */
  private Test best(long set, int left) {
    Test best = null;
    for (int i = 0; i < sets.length; i++) {
      if (ranges.get(i).isSingle() && (set & sets[i]) != 0) {
        best = better(best, Bpf.JEQ, ranges.get(i).from(), set, sets[i], left);
      }
    }
    for (long target : withTarget) {
      long others = set & ~target;
      if (others != 0 && others != set) {
        best = peel(best, set, others, left);
      }
    }
    for (int bit = 0; bit < having.length && left > 1; bit++) {
      long yes = set & having[bit];
      if (yes != 0 && yes != set && single(set & ~yes) != null) {
        best = better(best, Bpf.JSET, 1L << bit, set, yes, left);
      }
    }
    return best;
  }

  /** Tests that select the values with one target, if {@code others} have other targets. */
  private Test peel(Test best, long set, long others, int left) {
    Test result = best;
    long mask = 0;
    long yes = 0;
    for (int bit = 0; bit < having.length; bit++) {
      if ((having[bit] & others) == 0) {
        mask |= 1L << bit;
        yes |= having[bit] & set;
      }
    }
    if (yes != 0) {
      result = better(result, Bpf.JSET, mask, set, yes, left);
    }
    int low = Long.numberOfTrailingZeros(others);
    int high = Long.SIZE - 1 - Long.numberOfLeadingZeros(others);
    if ((set & ~upTo(high)) != 0) {
      result = better(result, Bpf.JGT, first + high, set, set & ~upTo(high), left);
    }
    if ((set & upTo(low - 1)) != 0) {
      result = better(result, Bpf.JGT, first + low - 1, set, set & ~upTo(low - 1), left);
    }
    return result;
  }

  private static long having(long first, int bit) {
    if (bit < HAVING.length) {
      return Long.rotateRight(HAVING[bit], (int) first);
    }
    long before = upTo(Long.SIZE - 1 - (int) (first % Long.SIZE)); // the next multiple of 64
    long result = has(first, bit) ? before : 0;
    return has(first + Long.SIZE, bit) ? result | ~before : result;
  }

  private static boolean has(long value, int bit) {
    return (value >>> bit & 1) == 1;
  }

  /** The smallest subset of a mask, with the lowest bits, that still selects all of {@code yes}. */
  private long least(long mask, long set, long yes) {
    long result = mask;
    for (int bit = having.length - 1; bit >= 0; bit--) {
      long without = result & ~(1L << bit);
      long still = 0;
      for (int i = 0; i < having.length; i++) {
        still |= has(without, i) ? having[i] & set : 0;
      }
      result = still == yes ? without : result;
    }
    return result;
  }

  private Test better(Test than, int operation, long k, long set, long yes, int left) {
    long no = set & ~yes;
    long ifYes = price(yes, left - 1);
    long ifNo = ifYes == IMPOSSIBLE ? IMPOSSIBLE : price(no, left - 1);
    if (ifNo == IMPOSSIBLE) {
      return than;
    }
    boolean yesReturns = single(yes) instanceof Node.Return;
    boolean noReturns = single(no) instanceof Node.Return;
    long sum = prices.test(weight(set), yesReturns, noReturns) + ifYes + ifNo;
    return than != null && than.price <= sum ? than : new Test(operation, k, yes, no, sum);
  }

  /** The weight of values, assuming that the weight of a range is evenly distributed. */
  private long weight(long set) {
    long weight = 0;
    for (int i = 0; i < sets.length; i++) {
      long weights = ranges.get(i).weight() * Long.bitCount(set & sets[i]);
      weight += weights / Long.bitCount(sets[i]);
    }
    return weight;
  }
}

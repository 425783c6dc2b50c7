package dev.hardwire.filter.compile;

import dev.hardwire.filter.Bpf;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Finds the range of a value by comparisons.
 *
 * <p>Three shapes are combined: a JGT splits the ranges in two, a comb of JEQ selects single values
 * from an otherwise uniform range, and {@link BitTests} distinguish ranges by bits. (The kernel
 * follows a JGT faster than a JGE when it makes its table of allowed calls.) Over all trees of cuts
 * with the others as leaves, the cheapest within a depth is found by dynamic programming over
 * (first range, last range, depth left).
 */
final class RangeTree {
  /** The maximum number of ranges for one search; more are split in the middle first. */
  private static final int LIMIT = 128;

  /** The maximum number of JEQ in one comb. */
  private static final int COMB = 6;

  /** More than the cost of any tree, and small enough to be added. */
  private static final long IMPOSSIBLE = Long.MAX_VALUE / 8;

  /** A depth larger than that of any tree here, which stands for no limit. */
  private static final int UNLIMITED = 1 << 14;

  private final NodeGraph graph;
  private final Objective objective;

  RangeTree(NodeGraph graph, Objective objective) {
    this.graph = graph;
    this.objective = objective;
  }

  /**
   * Tests of the accumulator that lead to the target of the range that it is in.
   *
   * @param ranges in order, neighbours with different targets
   */
  Node over(List<WordRange> ranges) {
    if (ranges.size() == 1) {
      return ranges.get(0).target();
    }
    if (ranges.size() > LIMIT) {
      int middle = ranges.size() / 2;
      return graph.branch(
          Bpf.JGT,
          ranges.get(middle).from() - 1,
          over(ranges.subList(middle, ranges.size())),
          over(ranges.subList(0, middle)));
    }
    return objective == Objective.MEAN
        ? new WeightedTree(graph, objective, ranges).build()
        : new Search(ranges).best();
  }

  private final class Search {
    private final List<WordRange> ranges;
    private final int count;
    private final Prices prices;

    /** Sums of the weights of the ranges before each. */
    private final long[] weights;

    /** Cost by depth left, first and last range, plus one: 0 is not yet known. */
    private long[][][] costs;

    /** Tests of bits by first and last range; null if not yet searched. */
    private final Optional<BitTests>[][] bitTests;

    @SuppressWarnings("unchecked")
    Search(List<WordRange> ranges) {
      this.ranges = ranges;
      this.count = ranges.size();
      this.weights = new long[count + 1];
      for (int i = 0; i < count; i++) {
        weights[i + 1] = weights[i] + ranges.get(i).weight();
      }
      this.prices = Prices.of(objective, count, Math.max(1, weight(0, count - 1)));
      this.bitTests = (Optional<BitTests>[][]) new Optional<?>[count][count];
    }

    Node best() {
      int depth =
          switch (objective) {
            case SIZE, MIX -> UNLIMITED;
            case DEPTH -> shallowest();
            case MEAN -> throw new AssertionError("see WeightedTree");
          };
      costs = new long[depth + 1][][];
      return build(0, count - 1, depth);
    }

    /** The minimum depth of any tree. */
    private int shallowest() {
      // A binary tree with leaves at depths d has a sum of 2^-d of at most 1.
      double leaves =
          ranges.stream().mapToDouble(range -> Math.pow(2, range.target().depth())).sum();
      int depth = Math.max(1, (int) (Math.log(leaves) / Math.log(2)) - 1);
      while (true) {
        costs = new long[depth + 1][][];
        if (cost(0, count - 1, depth) < IMPOSSIBLE) {
          return depth;
        }
        depth++;
      }
    }

    private long weight(int first, int last) {
      return weights[last + 1] - weights[first];
    }

    private static int below(int depth) {
      return depth == UNLIMITED ? UNLIMITED : depth - 1;
    }

    private long cost(int first, int last, int depth) {
      if (depth < 0) {
        return IMPOSSIBLE;
      }
      if (costs[depth] == null) {
        costs[depth] = new long[count][count];
      }
      long known = costs[depth][first][last];
      if (known == 0) {
        known = 1 + compute(first, last, depth);
        costs[depth][first][last] = known;
      }
      return known - 1;
    }

    private long compute(int first, int last, int depth) {
      if (first == last) {
        return ranges.get(first).target().depth() <= depth ? 0 : IMPOSSIBLE;
      }
      long best = Math.min(comb(first, last, depth), bits(first, last, depth));
      if (depth == 0) {
        return best;
      }
      for (int cut = first + 1; cut <= last; cut++) {
        long here = cut(first, cut, last);
        long low = cost(first, cut - 1, below(depth));
        if (here + low < best) {
          best = Math.min(best, here + low + cost(cut, last, below(depth)));
        }
      }
      return best;
    }

    /** The cost of the test that separates the ranges before {@code cut} from the others. */
    private long cut(int first, int cut, int last) {
      boolean low = cut - 1 == first && ranges.get(first).target() instanceof Node.Return;
      boolean high = cut == last && ranges.get(last).target() instanceof Node.Return;
      return prices.test(weight(first, last), low, high);
    }

    private Optional<BitTests> bitTests(int first, int last) {
      if (bitTests[first][last] == null) {
        List<WordRange> part = ranges.subList(first, last + 1);
        bitTests[first][last] = BitTests.of(graph, prices, part);
      }
      return bitTests[first][last];
    }

    private long bits(int first, int last, int depth) {
      Optional<BitTests> tests = bitTests(first, last);
      boolean fits = tests.isPresent() && tests.get().cost().depth() <= depth;
      return fits ? tests.get().cost().price() : IMPOSSIBLE;
    }

    /** Whether every second range is a single value and the others have one target. */
    private boolean isComb(int first, int last) {
      if ((last - first) % 2 != 0 || (last - first) / 2 > COMB) {
        return false;
      }
      for (int i = first; i <= last; i++) {
        boolean tooth = (i - first) % 2 == 1;
        if (tooth
            ? !ranges.get(i).isSingle()
            : ranges.get(i).target() != ranges.get(first).target()) {
          return false;
        }
      }
      return true;
    }

    /** The teeth of a comb, those with deep targets first, then heavy ones. */
    private List<Integer> teeth(int first, int last) {
      List<Integer> teeth = new ArrayList<>();
      for (int i = first + 1; i < last; i += 2) {
        teeth.add(i);
      }
      teeth.sort(this::compare); // stable
      return teeth;
    }

    private int compare(int one, int other) {
      WordRange first = ranges.get(one);
      WordRange second = ranges.get(other);
      int byDepth = Integer.compare(second.target().depth(), first.target().depth());
      return byDepth != 0 ? byDepth : Long.compare(second.weight(), first.weight());
    }

    private long comb(int first, int last, int depth) {
      if (!isComb(first, last)) {
        return IMPOSSIBLE;
      }
      List<Integer> teeth = teeth(first, last);
      long left = weight(first, last);
      long cost = 0;
      for (int i = 0; i < teeth.size(); i++) {
        WordRange tooth = ranges.get(teeth.get(i));
        boolean lastTooth = i + 1 == teeth.size() && tooth.target() instanceof Node.Return;
        cost += prices.test(left, lastTooth, ranges.get(first).target() instanceof Node.Return);
        left -= tooth.weight();
        if (tooth.target().depth() + i + 1 > depth) {
          return IMPOSSIBLE;
        }
      }
      boolean fits = ranges.get(first).target().depth() + teeth.size() <= depth;
      return fits ? cost : IMPOSSIBLE;
    }

    private Node build(int first, int last, int depth) {
      if (first == last) {
        return ranges.get(first).target();
      }
      long best = cost(first, last, depth);
      if (comb(first, last, depth) <= best) {
        return buildComb(first, last);
      }
      if (bits(first, last, depth) <= best) {
        return bitTests(first, last).orElseThrow().build();
      }
      for (int cut = first + 1; cut <= last; cut++) {
        long here = cut(first, cut, last);
        long low = cost(first, cut - 1, below(depth));
        long high = low < IMPOSSIBLE ? cost(cut, last, below(depth)) : IMPOSSIBLE;
        if (here + low + high <= best) {
          return graph.branch(
              Bpf.JGT,
              ranges.get(cut).from() - 1,
              build(cut, last, below(depth)),
              build(first, cut - 1, below(depth)));
        }
      }
      throw new AssertionError("no tree of " + Arrays.asList(first, last, depth));
    }

    private Node buildComb(int first, int last) {
      Node node = ranges.get(first).target();
      List<Integer> teeth = teeth(first, last);
      for (int i = teeth.size() - 1; i >= 0; i--) {
        WordRange tooth = ranges.get(teeth.get(i));
        node = graph.branch(Bpf.JEQ, tooth.from(), tooth.target(), node);
      }
      return node;
    }
  }
}

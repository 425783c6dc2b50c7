package dev.hardwire.filter.compile;

import dev.hardwire.filter.Bpf;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds the range of a value by comparisons.
 *
 * <p>Three shapes are combined: a JGT splits the ranges in two, a comb of JEQ selects single values
 * from an otherwise uniform range, and {@link BitTests} distinguish ranges by bits. (The kernel
 * follows a JGT faster than a JGE when it makes its table of allowed calls.) For short paths to
 * heavy values, a JEQ may also take out the heaviest single value that is left, anywhere in the
 * tree. The cheapest tree is found by dynamic programming over (first range, last range, number of
 * heavy values taken out): those taken out of a part are always its heaviest, so their number
 * determines them.
 */
final class RangeTree {
  /** The maximum number of heavy values; the rest is not worth a test of its own. */
  static final int HEAVY = 16;

  /** The maximum number of ranges for one search; more are split in the middle first. */
  private static final int LIMIT = 128;

  /** The maximum number of JEQ in one comb. */
  private static final int COMB = 6;

  /** Combs and tests of bits distinguish no more ranges than this. */
  private static final int MOST = 2 * COMB + 1;

  private static final boolean[] NONE = {};

  private final NodeGraph graph;
  private final List<WordRange> ranges;
  private final Prices prices;

  /** The indices of heavy ranges, the heaviest first; empty if none is taken out. */
  private final List<Integer> heavy;

  /** Sums of the weights of the ranges before each. */
  private final long[] weights;

  /** How many ranges up to each have another target than the one before. */
  private final int[] changes;

  /** By number taken out, and first and last range. */
  private final Choice[][][] choices;

  /**
   * An empty search.
   *
   * @param ranges in order; values between them cannot come
   * @param takesOut whether heavy values are taken out
   */
  RangeTree(NodeGraph graph, Prices prices, List<WordRange> ranges, boolean takesOut) {
    this.graph = graph;
    this.ranges = List.copyOf(ranges);
    this.prices = prices;
    this.heavy = takesOut ? heavy(ranges) : List.of();
    this.weights = new long[ranges.size() + 1];
    for (int i = 0; i < ranges.size(); i++) {
      weights[i + 1] = weights[i] + ranges.get(i).weight();
    }
    this.changes = new int[ranges.size()];
    for (int i = 1; i < changes.length; i++) {
      boolean isChange = ranges.get(i).target() != ranges.get(i - 1).target();
      changes[i] = changes[i - 1] + (isChange ? 1 : 0);
    }
    this.choices = new Choice[heavy.size() + 1][ranges.size()][ranges.size()];
  }

  /**
   * Tests of the accumulator that lead to the target of the range that it is in.
   *
   * @param ranges in order; neighbours with equal targets only where one is a heavy value
   */
  static Node over(NodeGraph graph, Objective objective, List<WordRange> ranges) {
    int count = ranges.size();
    if (count == 1) {
      return ranges.get(0).target();
    }
    if (count > LIMIT) {
      return graph.branch(
          Bpf.JGT,
          ranges.get(count / 2).from() - 1,
          over(graph, objective, ranges.subList(count / 2, count)),
          over(graph, objective, ranges.subList(0, count / 2)));
    }
    Prices prices = Prices.of(objective, ranges);
    return new RangeTree(graph, prices, ranges, objective == Objective.MEAN).build();
  }

  /** Whether a value takes so much of the weight that it may have a test of its own. */
  static boolean isHeavy(long weight, long total) {
    return weight > 0 && weight >= total / 64;
  }

  private static List<Integer> heavy(List<WordRange> ranges) {
    long total = WordRange.weight(ranges);
    List<Integer> singles = new ArrayList<>();
    for (int i = 0; i < ranges.size(); i++) {
      if (ranges.get(i).isSingle() && isHeavy(ranges.get(i).weight(), total)) {
        singles.add(i);
      }
    }
    singles.sort((a, b) -> Long.compare(ranges.get(b).weight(), ranges.get(a).weight())); // stable
    return List.copyOf(singles.subList(0, Math.min(HEAVY, singles.size())));
  }

  private enum Shape {
    LEAF,
    HEAVIEST,
    COMB,
    BITS,
    CUT
  }

  /**
   * The cheapest test for a part.
   *
   * @param cut the first range of the upper part
   */
  private record Choice(long cost, Shape shape, int cut) {}

  long cost() {
    return choice(0, ranges.size() - 1, 0).cost;
  }

  Node build() {
    return build(0, ranges.size() - 1, 0);
  }

  /** The heaviest ranges of a part: as many as are taken out, and the next one if there is one. */
  private List<Integer> heaviest(int first, int last, int taken) {
    if (heavy.isEmpty()) {
      return List.of();
    }
    List<Integer> found = new ArrayList<>();
    for (int i = 0; i < heavy.size() && found.size() <= taken; i++) {
      if (heavy.get(i) >= first && heavy.get(i) <= last) {
        found.add(heavy.get(i));
      }
    }
    return found;
  }

  /** Which ranges are taken out of a part, by index from its first one; not used if none is. */
  private boolean[] out(int first, int last, int taken) {
    if (heavy.isEmpty()) {
      return NONE;
    }
    boolean[] out = new boolean[last - first + 1];
    List<Integer> heaviest = taken == 0 ? List.of() : heaviest(first, last, taken);
    for (int i = 0; i < taken; i++) {
      out[heaviest.get(i) - first] = true;
    }
    return out;
  }

  /** Whether there are certainly more than {@link #MOST} ranges without those taken out. */
  private boolean areMany(int first, int last, int taken) {
    if (heavy.isEmpty()) {
      return last - first + 1 > MOST;
    }
    return changes[last] - changes[first] + 1 - 2 * taken > MOST; // neighbours of one may be joined
  }

  /**
   * The ranges of a part without those taken out, which count to a neighbour; only the first ones
   * if there are more than {@link #MOST}.
   */
  private List<WordRange> rest(int first, int last, boolean[] out) {
    if (heavy.isEmpty()) {
      return ranges.subList(first, last + 1);
    }
    List<WordRange> rest = new ArrayList<>();
    long from = ranges.get(first).from();
    for (int i = first; i <= last && rest.size() <= MOST; i++) {
      WordRange range = ranges.get(i);
      int end = rest.size() - 1;
      boolean joins = end >= 0 && (out[i - first] || rest.get(end).target() == range.target());
      if (joins) {
        WordRange before = rest.get(end);
        long weight = before.weight() + (out[i - first] ? 0 : range.weight());
        rest.set(end, new WordRange(before.from(), range.to(), before.target(), weight));
      } else if (!out[i - first]) {
        rest.add(new WordRange(from, range.to(), range.target(), range.weight()));
      }
      from = rest.isEmpty() ? from : range.to() + 1;
    }
    return rest;
  }

  /** Called more often than anything else of the compiler: small enough to be inlined. */
  private Choice choice(int first, int last, int taken) {
    Choice known = choices[taken][first][last];
    return known == null ? find(first, last, taken) : known;
  }

  private Choice find(int first, int last, int taken) {
    Choice found = compute(first, last, taken);
    choices[taken][first][last] = found;
    return found;
  }

  private Choice compute(int first, int last, int taken) {
    boolean[] out = out(first, last, taken);
    List<Integer> heaviest = heaviest(first, last, taken);
    long weight = weights[last + 1] - weights[first];
    for (int i = 0; i < taken; i++) {
      weight -= ranges.get(heaviest.get(i)).weight();
    }
    Choice best = new Choice(Long.MAX_VALUE, Shape.LEAF, 0);
    if (!areMany(first, last, taken)) {
      best = withoutCut(rest(first, last, out));
      if (best.shape == Shape.LEAF && best.cost == 0) {
        return best;
      }
    }
    long inside = prices.test(weight, false, false);
    if (heaviest.size() > taken) {
      long cost = inside + choice(first, last, taken + 1).cost;
      best = cost <= best.cost ? new Choice(cost, Shape.HEAVIEST, 0) : best;
    }
    return cut(first, last, taken, out, weight, best);
  }

  /** The cheapest test without others behind it: a leaf of no cost if there is one range. */
  private Choice withoutCut(List<WordRange> rest) {
    if (rest.size() <= 1) {
      return new Choice(0, Shape.LEAF, 0);
    }
    Choice best = new Choice(Long.MAX_VALUE, Shape.LEAF, 0);
    if (isComb(rest)) {
      best = better(best, combCost(rest), Shape.COMB, 0);
    }
    Optional<BitTests> bits = BitTests.of(graph, prices, rest);
    return bits.isPresent() ? better(best, bits.get().price(), Shape.BITS, 0) : best;
  }

  /** The cheapest cut, if it is better than what was found. The inner loop of the compiler. */
  private Choice cut(int first, int last, int taken, boolean[] out, long weight, Choice found) {
    long inside = prices.test(weight, false, false);
    boolean firstReturns = isReturn(first);
    boolean lastReturns = isReturn(last);
    long least = found.cost;
    int place = 0;
    int below = 0;
    Choice[] lower = choices[0][first];
    for (int cut = first + 1; cut <= last; cut++) {
      if (taken > 0 && out[cut - 1 - first]) {
        below++;
        lower = choices[below][first];
      }
      long here = inside;
      if (cut - 1 == first || cut == last) {
        here = prices.test(weight, cut - 1 == first && firstReturns, cut == last && lastReturns);
      }
      Choice known = lower[cut - 1];
      long low = here + (known == null ? find(first, cut - 1, below) : known).cost;
      if (low < least) {
        long cost = low + choice(cut, last, taken - below).cost;
        if (cost < least) {
          least = cost;
          place = cut;
        }
      }
    }
    return place == 0 ? found : new Choice(least, Shape.CUT, place);
  }

  private boolean isReturn(int range) {
    return ranges.get(range).target() instanceof Node.Return;
  }

  private static Choice better(Choice best, long cost, Shape shape, int cut) {
    return cost < best.cost ? new Choice(cost, shape, cut) : best;
  }

  private Node build(int first, int last, int taken) {
    Choice choice = choice(first, last, taken);
    boolean[] out = out(first, last, taken);
    List<WordRange> rest = rest(first, last, out);
    return switch (choice.shape) {
      case LEAF -> (rest.isEmpty() ? ranges.get(first) : rest.get(0)).target();
      case COMB -> comb(rest);
      case BITS -> BitTests.of(graph, prices, rest).orElseThrow().build();
      case HEAVIEST -> {
        WordRange heaviest = ranges.get(heaviest(first, last, taken).get(taken));
        Node others = build(first, last, taken + 1);
        yield graph.branch(Bpf.JEQ, heaviest.from(), heaviest.target(), others);
      }
      case CUT -> {
        int below = 0;
        for (int i = first; taken > 0 && i < choice.cut; i++) {
          below += out[i - first] ? 1 : 0;
        }
        Node high = build(choice.cut, last, taken - below);
        Node low = build(first, choice.cut - 1, below);
        yield graph.branch(Bpf.JGT, ranges.get(choice.cut).from() - 1, high, low);
      }
    };
  }

  /** Whether every second range is a single value and the others have one target. */
  private static boolean isComb(List<WordRange> rest) {
    boolean comb = rest.size() % 2 == 1 && rest.size() / 2 <= COMB;
    for (int i = 0; comb && i < rest.size(); i++) {
      comb = i % 2 == 1 ? rest.get(i).isSingle() : rest.get(i).target() == rest.get(0).target();
    }
    return comb;
  }

  /** The teeth of a comb: heavy ones first, then those with deep targets. */
  private static List<WordRange> teeth(List<WordRange> rest) {
    List<WordRange> teeth = new ArrayList<>();
    for (int i = 1; i < rest.size(); i += 2) {
      teeth.add(rest.get(i));
    }
    teeth.sort( // stable
        (one, other) ->
            one.weight() != other.weight()
                ? Long.compare(other.weight(), one.weight())
                : Integer.compare(other.target().depth, one.target().depth));
    return teeth;
  }

  private long combCost(List<WordRange> rest) {
    boolean othersReturn = rest.get(0).target() instanceof Node.Return;
    long left = WordRange.weight(rest);
    long cost = 0;
    List<WordRange> teeth = teeth(rest);
    for (int i = 0; i < teeth.size(); i++) {
      Node target = teeth.get(i).target();
      boolean lastReturns = i + 1 == teeth.size() && target instanceof Node.Return;
      cost += prices.test(left, lastReturns, othersReturn);
      left -= teeth.get(i).weight();
    }
    return cost;
  }

  private Node comb(List<WordRange> rest) {
    List<WordRange> teeth = teeth(rest);
    Node node = rest.get(0).target();
    for (int i = teeth.size() - 1; i >= 0; i--) {
      node = graph.branch(Bpf.JEQ, teeth.get(i).from(), teeth.get(i).target(), node);
    }
    return node;
  }
}

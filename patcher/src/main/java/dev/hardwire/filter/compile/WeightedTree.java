package dev.hardwire.filter.compile;

import dev.hardwire.filter.Bpf;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Finds the range of a value by comparisons, with short paths to heavy ranges.
 *
 * <p>Beside the shapes of {@link RangeTree}, a JEQ may take out the heaviest single value that is
 * left, anywhere in the tree. Dynamic programming over (first range, last range, number of heavy
 * values taken out) finds the cheapest tree: those taken out of a part are always its heaviest, so
 * their number determines them.
 */
final class WeightedTree {
  /** The maximum number of heavy values; the rest is not worth a test of its own. */
  static final int HEAVY = 16;

  /** The maximum number of JEQ in one comb of values that are not heavy. */
  private static final int COMB = 6;

  private final NodeGraph graph;
  private final List<WordRange> ranges;
  private final Prices prices;

  /** The indices of heavy ranges, the heaviest first. */
  private final List<Integer> heavy;

  /** By first and last range and number taken out. */
  private final Choice[][][] choices;

  /**
   * An empty search.
   *
   * @param ranges in order; neighbours with equal targets only where one is a heavy value
   */
  WeightedTree(NodeGraph graph, Objective objective, List<WordRange> ranges) {
    this(
        graph,
        Prices.of(
            objective,
            ranges.size(),
            Math.max(1, ranges.stream().mapToLong(WordRange::weight).sum())),
        ranges);
  }

  /**
   * An empty search.
   *
   * @param ranges in order; values between them cannot come
   */
  WeightedTree(NodeGraph graph, Prices prices, List<WordRange> ranges) {
    this.graph = graph;
    this.ranges = List.copyOf(ranges);
    int count = ranges.size();
    long total = ranges.stream().mapToLong(WordRange::weight).sum();
    this.prices = prices;
    List<Integer> singles = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      if (ranges.get(i).isSingle() && isHeavy(ranges.get(i).weight(), total)) {
        singles.add(i);
      }
    }
    singles.sort(Comparator.comparingLong(i -> -ranges.get(i).weight())); // stable
    this.heavy = List.copyOf(singles.subList(0, Math.min(HEAVY, singles.size())));
    this.choices = new Choice[count][count][];
  }

  /** Whether a value takes so much of the weight that it may have a test of its own. */
  static boolean isHeavy(long weight, long total) {
    return weight > 0 && weight >= total / 64;
  }

  private enum Shape {
    LEAF,
    HEAVIEST,
    CUT,
    COMB,
    BITS
  }

  /**
   * The cheapest test for a part.
   *
   * @param cut the first range of the upper part
   */
  private record Choice(long cost, Shape shape, int cut) {}

  /** The cost of the cheapest tree. */
  long cost() {
    return choice(0, ranges.size() - 1, 0).cost;
  }

  Node build() {
    return build(0, ranges.size() - 1, 0);
  }

  /** The {@code taken + 1}th heaviest range of a part, or -1. */
  private int heaviest(int first, int last, int taken) {
    int left = taken;
    for (int index : heavy) {
      if (index >= first && index <= last && left-- == 0) {
        return index;
      }
    }
    return -1;
  }

  /**
   * How many of those taken out of a part are in the part of it from {@code from} to {@code to}.
   */
  private int takenIn(int first, int last, int taken, int from, int to) {
    int seen = 0;
    int in = 0;
    for (int index : heavy) {
      if (seen == taken) {
        break;
      }
      if (index >= first && index <= last) {
        seen++;
        in += index >= from && index <= to ? 1 : 0;
      }
    }
    return in;
  }

  /** The ranges of a part without those taken out, which count to a neighbour. */
  private List<WordRange> rest(int first, int last, int taken) {
    boolean[] out = new boolean[last - first + 1];
    int left = taken;
    for (int index : heavy) {
      if (left > 0 && index >= first && index <= last) {
        out[index - first] = true;
        left--;
      }
    }
    List<WordRange> rest = new ArrayList<>();
    long from = ranges.get(first).from();
    for (int i = first; i <= last; i++) {
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

  private Choice choice(int first, int last, int taken) {
    if (choices[first][last] == null) {
      choices[first][last] = new Choice[heavy.size() + 1];
    }
    Choice known = choices[first][last][taken];
    if (known == null) {
      known = compute(first, last, taken);
      choices[first][last][taken] = known;
    }
    return known;
  }

  private Choice compute(int first, int last, int taken) {
    List<WordRange> rest = rest(first, last, taken);
    if (rest.size() <= 1) {
      return new Choice(0, Shape.LEAF, 0);
    }
    long weight = rest.stream().mapToLong(WordRange::weight).sum();
    Choice best = new Choice(Long.MAX_VALUE, Shape.LEAF, 0);
    if (heaviest(first, last, taken) >= 0) {
      long cost = prices.test(weight, false, false) + choice(first, last, taken + 1).cost;
      best = better(best, new Choice(cost, Shape.HEAVIEST, 0));
    }
    if (isComb(rest)) {
      best = better(best, new Choice(combCost(rest), Shape.COMB, 0));
    }
    Optional<BitTests> bits = BitTests.of(graph, prices, rest);
    if (bits.isPresent()) {
      best = better(best, new Choice(bits.get().cost().price(), Shape.BITS, 0));
    }
    long here = prices.test(weight, false, false);
    for (int cut = first + 1; cut <= last; cut++) {
      int below = takenIn(first, last, taken, first, cut - 1);
      long low = choice(first, cut - 1, below).cost;
      if (here + low < best.cost) {
        long cost = here + low + choice(cut, last, taken - below).cost;
        best = better(best, new Choice(cost, Shape.CUT, cut));
      }
    }
    return best;
  }

  private static Choice better(Choice one, Choice other) {
    return other.cost < one.cost ? other : one;
  }

  private Node build(int first, int last, int taken) {
    Choice choice = choice(first, last, taken);
    List<WordRange> rest = rest(first, last, taken);
    return switch (choice.shape) {
      case LEAF -> (rest.isEmpty() ? ranges.get(first) : rest.get(0)).target();
      case COMB -> comb(rest);
      case BITS -> BitTests.of(graph, prices, rest).orElseThrow().build();
      case HEAVIEST -> {
        WordRange heaviest = ranges.get(heaviest(first, last, taken));
        Node others = build(first, last, taken + 1);
        yield graph.branch(Bpf.JEQ, heaviest.from(), heaviest.target(), others);
      }
      case CUT -> {
        int below = takenIn(first, last, taken, first, choice.cut - 1);
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

  private static List<WordRange> teeth(List<WordRange> rest) {
    List<WordRange> teeth = new ArrayList<>();
    for (int i = 1; i < rest.size(); i += 2) {
      teeth.add(rest.get(i));
    }
    teeth.sort(Comparator.comparingLong(tooth -> -tooth.weight())); // stable
    return teeth;
  }

  private long combCost(List<WordRange> rest) {
    long left = rest.stream().mapToLong(WordRange::weight).sum();
    long cost = 0;
    for (WordRange tooth : teeth(rest)) {
      cost += prices.test(left, false, false);
      left -= tooth.weight();
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

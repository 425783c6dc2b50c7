package dev.hardwire.filter.compile;

import dev.hardwire.filter.Bpf;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Finds the range of a value by tests of bits, and then by a {@link RangeTree}.
 *
 * <p>A JSET takes out all values that have any of some bits, wherever they are. What is left has
 * fewer ranges, since values that cannot come are no boundaries: a few such tests decide most of
 * the frequent calls at once. The masks that leave the least weight undecided are tried.
 */
final class MaskTree {
  /** The values whose bits are tested are smaller. */
  private static final int LIMIT = 1 << 10;

  /** The maximum number of tests of bits on a path. */
  private static final int DEPTH = 2;

  /** How many masks are tried for each test. */
  private static final int TRIED = 2;

  private final NodeGraph graph;
  private final List<WordRange> ranges;
  private final Prices prices;

  /** Larger than the start of every range but those that all contain larger values only. */
  private final int small;

  /** By value. */
  private final Node[] targets;

  private final long[] weights;

  /** Values that are ranges of their own. */
  private final BitSet singles = new BitSet();

  private MaskTree(NodeGraph graph, List<WordRange> ranges, Prices prices, int small) {
    this.graph = graph;
    this.ranges = ranges;
    this.prices = prices;
    this.small = small;
    this.targets = new Node[small];
    this.weights = new long[small];
    for (WordRange range : ranges) {
      long size = Math.min(range.to(), small - 1L) - range.from() + 1;
      for (int i = 0; i < size; i++) {
        int value = (int) range.from() + i;
        targets[value] = range.target();
        weights[value] = range.weight() / size + (i < range.weight() % size ? 1 : 0);
      }
      if (range.isSingle() && range.from() < small) {
        singles.set((int) range.from());
      }
    }
  }

  /**
   * Tests of the accumulator that lead to the target of the range that it is in.
   *
   * @param ranges as {@link RangeTree} takes them
   */
  static Node over(NodeGraph graph, List<WordRange> ranges) {
    Prices prices = Prices.of(Objective.MEAN, ranges);
    long last = 0; // the first range begins there
    for (WordRange range : ranges) {
      last = range.from() < LIMIT ? Math.max(last, range.from()) : last;
    }
    int small = Math.max(2, Integer.highestOneBit((int) last) << 1);
    MaskTree tree = new MaskTree(graph, ranges, prices, small);
    BitSet all = new BitSet();
    all.set(0, small);
    return tree.search(new Part(all, true), DEPTH).build();
  }

  /**
   * Values that may come.
   *
   * @param values those that are small
   * @param large whether all that are not small may come
   */
  private record Part(BitSet values, boolean large) {}

  /** A way to decide a part. */
  private interface Subtree {
    long cost();

    Node build();
  }

  private record Compared(RangeTree tree) implements Subtree {
    @Override
    public long cost() {
      return tree.cost();
    }

    @Override
    public Node build() {
      return tree.build();
    }
  }

  private record Masked(NodeGraph graph, long cost, long mask, Subtree yes, Subtree no)
      implements Subtree {
    @Override
    public Node build() {
      Node high = yes.build();
      return graph.branch(Bpf.JSET, mask, high, no.build());
    }
  }

  /**
   * A test of a part.
   *
   * @param open the weight of what it leaves to other tests
   */
  private record Split(long mask, Part yes, Part no, long open) {}

  private Subtree search(Part part, int depth) {
    List<WordRange> left = rangesOf(part);
    Subtree best = new Compared(new RangeTree(graph, prices, left, true));
    if (depth == 0 || left.size() <= 3) {
      return best;
    }
    long here = prices.test(weight(part), false, false);
    for (Split split : splits(part)) {
      if (here + prices.test(split.open, false, false) >= best.cost()) {
        break; // the others leave more
      }
      Subtree yes = search(split.yes, depth - 1);
      if (here + yes.cost() >= best.cost()) {
        continue;
      }
      Subtree no = search(split.no, depth - 1);
      long cost = here + yes.cost() + no.cost();
      best = cost < best.cost() ? new Masked(graph, cost, split.mask, yes, no) : best;
    }
    return best;
  }

  private List<Split> splits(Part part) {
    List<Split> splits = new ArrayList<>();
    long larger = 0xffff_ffffL & -small;
    for (int mask = 1; mask < small; mask++) {
      BitSet having = new BitSet();
      for (int v = part.values.nextSetBit(0); v >= 0; v = part.values.nextSetBit(v + 1)) {
        having.set(v, (v & mask) != 0);
      }
      BitSet others = (BitSet) part.values.clone();
      others.andNot(having);
      if (having.isEmpty() || others.isEmpty()) {
        continue;
      }
      Part yes = new Part(having, part.large);
      Part no = new Part(others, false); // if larger values may come, the test takes them out, too
      long tested = part.large ? mask | larger : mask;
      splits.add(new Split(tested, yes, no, open(yes) + open(no)));
    }
    splits.sort(Comparator.comparingLong(Split::open)); // stable
    Set<BitSet> seen = new HashSet<>();
    return splits.stream().filter(one -> seen.add(one.yes.values)).limit(TRIED).toList();
  }

  private long weight(Part part) {
    long sum = 0;
    for (int v = part.values.nextSetBit(0); v >= 0; v = part.values.nextSetBit(v + 1)) {
      sum += weights[v];
    }
    return sum;
  }

  /** The weight of a part, or 0 if it has one target. */
  private long open(Part part) {
    Node first = part.large ? ranges.get(ranges.size() - 1).target() : null;
    long weight = 0;
    boolean isOpen = false;
    for (int v = part.values.nextSetBit(0); v >= 0; v = part.values.nextSetBit(v + 1)) {
      first = first == null ? targets[v] : first;
      isOpen |= targets[v] != first;
      weight += weights[v];
    }
    return isOpen ? weight : 0;
  }

  private List<WordRange> rangesOf(Part part) {
    List<WordRange> result = new ArrayList<>();
    for (int v = part.values.nextSetBit(0); v >= 0; v = part.values.nextSetBit(v + 1)) {
      add(result, new WordRange(v, v, targets[v], weights[v]), singles.get(v));
    }
    for (WordRange range : part.large ? ranges : List.<WordRange>of()) {
      if (range.to() >= small) {
        long from = Math.max(small, range.from());
        long weight = range.from() < small ? 0 : range.weight();
        add(result, new WordRange(from, range.to(), range.target(), weight), false);
      }
    }
    return result;
  }

  private void add(List<WordRange> result, WordRange next, boolean isSingle) {
    int end = result.size() - 1;
    WordRange last = end < 0 ? null : result.get(end);
    boolean joins =
        last != null
            && last.target() == next.target()
            && !isSingle
            && !(last.isSingle() && last.from() < small && singles.get((int) last.from()));
    if (joins) {
      long weight = last.weight() + next.weight();
      result.set(end, new WordRange(last.from(), next.to(), last.target(), weight));
    } else {
      result.add(next);
    }
  }
}

package dev.hardwire.filter.compile;

import dev.hardwire.filter.Bpf;
import java.util.ArrayList;
import java.util.List;

/**
 * Flags that may be set in any combination, with one target: a JSET of all the other bits takes out
 * all of these combinations at once. What is left has fewer ranges, since values that cannot come
 * are no boundaries.
 *
 * @param flags the bits
 */
record FlagSet(long flags) {
  /** The number of combinations that are examined, counting flags from bit 0 on as one. */
  private static final int LIMIT = 64;

  /** More ranges than this are not examined. */
  private static final int RANGES = 128;

  /** A test is worth it if it leaves so many ranges less. */
  private static final int SAVED = 3;

  /** The tests of a tree, or shorter ones that begin with the other bits of some flags. */
  static Node over(NodeGraph graph, List<WordRange> ranges) {
    Node best = RangeTree.over(graph, Objective.SIZE, ranges);
    if (ranges.size() <= SAVED || ranges.size() > RANGES) {
      return best;
    }
    for (boolean fromLowest : new boolean[] {true, false}) {
      FlagSet set = of(ranges, fromLowest);
      List<WordRange> rest = set.withoutCombinations(ranges);
      if (rest.size() <= ranges.size() - SAVED) {
        Node others = RangeTree.over(graph, Objective.SIZE, rest);
        Node combination = ranges.get(0).target();
        Node node = graph.branch(Bpf.JSET, set.flags ^ WordRange.LAST, others, combination);
        best = CallDecision.better(node, best) ? node : best;
      }
    }
    return best;
  }

  /** As many flags as can be added one by one, where 0 has the target of all combinations. */
  private static FlagSet of(List<WordRange> ranges, boolean fromLowest) {
    FlagSet set = new FlagSet(0);
    for (int i = 0; i < Integer.SIZE; i++) {
      FlagSet more = new FlagSet(set.flags | 1L << (fromLowest ? i : Integer.SIZE - 1 - i));
      set = more.hasOneTarget(ranges) ? more : set;
    }
    return set;
  }

  /** How many values from 0 on are combinations. */
  private long block() {
    return Long.lowestOneBit(~flags);
  }

  private boolean hasOneTarget(List<WordRange> ranges) {
    long inside = block() - 1;
    long others = flags & ~inside;
    if (1L << Math.min(Integer.SIZE, Long.bitCount(others)) > LIMIT) {
      return false;
    }
    long first = 0;
    do {
      if (!hasOneTarget(ranges, first, first | inside)) {
        return false;
      }
      first = (first - others) & others; // the next combination
    } while (first != 0);
    return true;
  }

  private static boolean hasOneTarget(List<WordRange> ranges, long from, long to) {
    Node target = ranges.get(0).target();
    return ranges.stream()
        .filter(range -> range.from() <= to && range.to() >= from)
        .allMatch(range -> range.target() == target);
  }

  /** The ranges that hold other values than combinations, together as wide as before. */
  private List<WordRange> withoutCombinations(List<WordRange> ranges) {
    List<WordRange> rest = new ArrayList<>();
    long from = 0;
    for (WordRange range : ranges) {
      if (other(range.from()) > range.to()) {
        continue;
      }
      int end = rest.size() - 1;
      if (end >= 0 && rest.get(end).target() == range.target()) {
        from = rest.remove(end).from();
      } else if (end >= 0) {
        from = rest.get(end).to() + 1;
      }
      rest.add(new WordRange(from, range.to(), range.target(), 1));
    }
    WordRange last = rest.remove(rest.size() - 1);
    rest.add(new WordRange(last.from(), WordRange.LAST, last.target(), 1));
    return rest;
  }

  /** The first value from {@code from} on that is no combination. */
  private long other(long from) {
    return (from & ~flags) != 0 ? from : (from | (block() - 1)) + 1;
  }
}

package dev.hardwire.filter.compile;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Verdict;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/** How much the path to each call number counts. */
final class NumberWeights {
  /**
   * The number of call numbers in the kernel. When a filter is installed, Linux 5.11 and later
   * follows it for each of them to find the calls that are allowed whatever their arguments.
   */
  private static final long FOLLOWED = 470;

  /** The weight of a call for which the kernel must run the filter, if others count 1. */
  private static final long UNCACHED = 16;

  /** How much calls for which the kernel must run the filter count together, if others count 1. */
  private static final long FIRST = 2;

  /** The same among measured weights: older kernels run the filter for every call. */
  private static final long MEASURED = 2;

  /** The sum to which measured weights are scaled. */
  private static final long SUM = 1 << 20;

  private final NavigableMap<Long, Long> weights = new TreeMap<>();
  private final boolean followed;
  private long total;

  private NumberWeights(boolean followed) {
    this.followed = followed;
  }

  /**
   * The weights of the numbers that a policy lists.
   *
   * @param listed the decisions for them
   * @param measured how often calls are made, by name; empty if that is unknown
   * @param factor how many times as much as usual calls count, with {@link Objective#MIX}
   */
  static NumberWeights of(
      Objective objective,
      Target architecture,
      NavigableMap<Long, Node> listed,
      Map<String, Long> measured,
      int factor) {
    NumberWeights weights = new NumberWeights(objective == Objective.MIX);
    if (measured.isEmpty() || objective == Objective.SIZE || objective == Objective.DEPTH) {
      long uncached = objective == Objective.MEAN ? first(listed) : UNCACHED * factor;
      long others = objective == Objective.MIX ? 0 : 1;
      listed.forEach(
          (number, node) -> weights.add(number, isOther(objective, node) ? others : uncached));
    } else {
      weights.measured(objective, architecture, listed, measured, factor);
    }
    return weights;
  }

  private static boolean isOther(Objective objective, Node node) {
    return objective == Objective.MIX ? node instanceof Node.Return : isCached(node);
  }

  private static long first(NavigableMap<Long, Node> listed) {
    long cached = listed.values().stream().filter(NumberWeights::isCached).count();
    return Math.max(1, FIRST * cached / Math.max(1, listed.size() - cached));
  }

  static boolean isCached(Node node) {
    return node instanceof Node.Return r && r.value == Verdict.ALLOW;
  }

  private void measured(
      Objective objective,
      Target architecture,
      NavigableMap<Long, Node> listed,
      Map<String, Long> calls,
      int factor) {
    double sum = calls.values().stream().mapToLong(Long::longValue).sum();
    long all = objective == Objective.MIX ? UNCACHED * factor * (1 + listed.size()) : SUM;
    Set<Long> numbers = new HashSet<>(listed.keySet());
    calls.forEach(
        (name, count) ->
            SyscallTable.of(architecture)
                .number(name)
                .ifPresent(
                    number -> {
                      Node node = listed.get((long) number);
                      boolean counts = objective != Objective.MIX || !(node instanceof Node.Return);
                      long here = node == null || isCached(node) ? 1 : MEASURED;
                      if (node != null || objective != Objective.MIX) {
                        add(number, counts ? here * Math.round(all * (count / sum)) : 0);
                      }
                      numbers.add((long) number);
                    }));
    if (objective != Objective.MIX) {
      numbers.forEach(number -> add(number, 1));
    }
  }

  private void add(long number, long weight) {
    weights.merge(number, weight, Long::sum);
    total += weight;
  }

  /** The weight of the numbers of a range. */
  long of(long from, long to) {
    long sum = followed ? Math.max(0, Math.min(to + 1, FOLLOWED) - from) : 0;
    for (long weight : weights.subMap(from, true, to, true).values()) {
      sum += weight;
    }
    return sum;
  }

  /** The numbers that a {@link WeightedTree} may test first. */
  Set<Long> heavy() {
    Set<Long> heavy = new HashSet<>();
    weights.entrySet().stream()
        .filter(entry -> WeightedTree.isHeavy(entry.getValue(), total))
        .sorted(Map.Entry.<Long, Long>comparingByValue().reversed())
        .limit(WeightedTree.HEAVY)
        .forEach(entry -> heavy.add(entry.getKey()));
    return heavy;
  }
}

package dev.hardwire.filter.compile;

import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalInt;
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
   * The weights for the time to install a filter and to make calls whose arguments are tested.
   *
   * @param factor how many times as much as usual calls count
   */
  static NumberWeights installed(NavigableMap<Long, Node> listed, int factor) {
    NumberWeights weights = new NumberWeights(true);
    listed.forEach(
        (number, node) -> weights.add(number, node instanceof Node.Return ? 0 : UNCACHED * factor));
    return weights;
  }

  /** The weights of listed calls for filters that are as short as possible. */
  static NumberWeights even(NavigableMap<Long, Node> listed) {
    NumberWeights weights = new NumberWeights(false);
    listed.forEach((number, node) -> weights.add(number, isCached(node) ? 1 : UNCACHED));
    return weights;
  }

  /** The weights of calls, so that those that the kernel cannot cache come first. */
  static NumberWeights calls(ResolvedPolicy policy, NavigableMap<Long, Node> listed) {
    NumberWeights weights = new NumberWeights(false);
    if (policy.policy().weights().isEmpty()) {
      long cached = listed.values().stream().filter(NumberWeights::isCached).count();
      long first = Math.max(1, FIRST * cached / Math.max(1, listed.size() - cached));
      listed.forEach((number, node) -> weights.add(number, isCached(node) ? 1 : first));
    } else {
      weights.addMeasured(policy, listed);
    }
    return weights;
  }

  static boolean isCached(Node node) {
    return node instanceof Node.Return r && r.value == Verdict.ALLOW;
  }

  private void addMeasured(ResolvedPolicy policy, NavigableMap<Long, Node> listed) {
    Map<String, Long> calls = policy.policy().weights();
    SyscallTable table = SyscallTable.of(policy.architecture());
    double sum = 0;
    for (long weight : calls.values()) {
      sum += weight;
    }
    Set<Long> numbers = new HashSet<>(listed.keySet());
    for (Map.Entry<String, Long> call : calls.entrySet()) {
      OptionalInt number = table.number(call.getKey());
      if (number.isPresent()) {
        Node node = listed.get((long) number.getAsInt());
        long here = node == null || isCached(node) ? 1 : MEASURED;
        add(number.getAsInt(), here * Math.round(SUM * (call.getValue() / sum)));
        numbers.add((long) number.getAsInt());
      }
    }
    numbers.forEach(number -> add(number, 1));
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

  /** The numbers that a {@link RangeTree} may test first. */
  Set<Long> heavy() {
    List<Long> heavy = new ArrayList<>();
    weights.forEach(
        (number, weight) -> {
          if (RangeTree.isHeavy(weight, total)) {
            heavy.add(number);
          }
        });
    heavy.sort((a, b) -> Long.compare(weights.get(b), weights.get(a))); // stable
    return new HashSet<>(heavy.subList(0, Math.min(heavy.size(), RangeTree.HEAVY)));
  }
}

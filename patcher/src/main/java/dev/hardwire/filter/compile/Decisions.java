package dev.hardwire.filter.compile;

import dev.hardwire.filter.Filter;
import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/** The decisions of a policy for each call number of one architecture, as nodes. */
final class Decisions {
  private final ResolvedPolicy policy;
  private final NodeGraph graph;
  private final TreeMap<Long, Node> byNumber = new TreeMap<>();

  private Decisions(ResolvedPolicy policy, NodeGraph graph) {
    this.policy = policy;
    this.graph = graph;
  }

  static Decisions of(ResolvedPolicy policy, NodeGraph graph) {
    Decisions decisions = new Decisions(policy, graph);
    CallDecision calls = new CallDecision(policy.architecture(), graph, new Work());
    policy
        .rules()
        .forEach(
            (number, rules) ->
                decisions.byNumber.put((long) number, calls.of(rules, policy.defaultVerdict())));
    return decisions;
  }

  NavigableMap<Long, Node> listed() {
    return byNumber;
  }

  /**
   * Every number once, in order, neighbours with equal decisions merged; the numbers that the
   * architecture refuses kill the process.
   *
   * @param alone numbers that are not merged
   */
  List<WordRange> ranges(NumberWeights weights, Set<Long> alone) {
    NavigableMap<Long, Node> starts = new TreeMap<>();
    for (long start : policy.starts()) {
      starts.put(start, otherwise(start));
    }
    for (Map.Entry<Long, Node> entry : byNumber.entrySet()) {
      starts.put(entry.getKey(), entry.getValue());
      starts.putIfAbsent(entry.getKey() + 1, otherwise(entry.getKey() + 1));
    }
    for (long number : alone) {
      Node here = starts.floorEntry(number).getValue();
      starts.put(number, here);
      starts.putIfAbsent(number + 1, here);
    }
    policy
        .architecture()
        .refusedFrom()
        .ifPresent(from -> starts.put(from, graph.result(new Verdict(Verdict.KILL_PROCESS))));
    return merge(starts, weights, alone);
  }

  private Node otherwise(long number) {
    return graph.result(policy.otherwise(number));
  }

  private static List<WordRange> merge(
      NavigableMap<Long, Node> starts, NumberWeights weights, Set<Long> alone) {
    List<WordRange> ranges = new ArrayList<>();
    for (Map.Entry<Long, Node> entry : starts.entrySet()) {
      Long next = starts.higherKey(entry.getKey());
      long to = next == null ? WordRange.LAST : next - 1;
      int end = ranges.size() - 1;
      boolean apart = alone.contains(entry.getKey()) || alone.contains(entry.getKey() - 1);
      boolean same = end >= 0 && !apart && ranges.get(end).target() == entry.getValue();
      long from = same ? ranges.get(end).from() : entry.getKey();
      WordRange range = new WordRange(from, to, entry.getValue(), weights.of(from, to));
      if (same) {
        ranges.set(end, range);
      } else {
        ranges.add(range);
      }
    }
    return ranges;
  }

  /**
   * Whether one filter decides the listed calls on shorter paths than another one: all together,
   * and those that the kernel cannot cache, if there are any.
   */
  boolean isFaster(Filter one, Filter other) {
    boolean hasUncached =
        byNumber.values().stream().anyMatch(node -> !NumberWeights.isCached(node));
    return steps(one, true) < steps(other, true)
        && (!hasUncached || steps(one, false) < steps(other, false));
  }

  private long steps(Filter filter, boolean cached) {
    long steps = 0;
    for (Map.Entry<Long, Node> entry : byNumber.entrySet()) {
      if (cached || !NumberWeights.isCached(entry.getValue())) {
        steps += FilterShape.steps(filter, policy.architecture(), entry.getKey().intValue());
      }
    }
    return steps;
  }
}

package dev.hardwire.filter.compile;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.Emulator;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.filter.resolve.ResolvedRule;
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

  static Decisions of(ResolvedPolicy policy, NodeGraph graph, RangeTree tree) {
    Decisions decisions = new Decisions(policy, graph);
    Target architecture = policy.architecture();
    Work work = new Work();
    for (Map.Entry<Integer, List<ResolvedRule>> entry : policy.rules().entrySet()) {
      Node node =
          new CallDecision(architecture, graph, tree, work)
              .of(entry.getValue(), policy.defaultVerdict());
      decisions.byNumber.put((long) entry.getKey(), node);
    }
    return decisions;
  }

  /**
   * Every number once, in order, neighbours with equal decisions merged; the numbers that the
   * architecture refuses kill the process. With {@link Objective#MEAN}, heavy numbers stay alone.
   *
   * @param measured how often calls are made, by name; empty if that is unknown
   * @param factor how many times as much as usual calls count, with {@link Objective#MIX}
   */
  List<WordRange> ranges(Objective objective, Map<String, Long> measured, int factor) {
    NumberWeights weights =
        NumberWeights.of(objective, policy.architecture(), byNumber, measured, factor);
    Set<Long> heavy = objective == Objective.MEAN ? weights.heavy() : Set.of();
    NavigableMap<Long, Node> starts = new TreeMap<>();
    for (long start : policy.starts()) {
      starts.put(start, otherwise(start));
    }
    for (Map.Entry<Long, Node> entry : byNumber.entrySet()) {
      starts.put(entry.getKey(), entry.getValue());
      starts.putIfAbsent(entry.getKey() + 1, otherwise(entry.getKey() + 1));
    }
    for (long number : heavy) {
      Node here = starts.floorEntry(number).getValue();
      starts.put(number, here);
      starts.putIfAbsent(number + 1, here);
    }
    policy
        .architecture()
        .refusedFrom()
        .ifPresent(from -> starts.put(from, graph.result(new Verdict(Verdict.KILL_PROCESS))));
    return merge(starts, weights, heavy);
  }

  private Node otherwise(long number) {
    return graph.result(policy.otherwise(number));
  }

  private static List<WordRange> merge(
      NavigableMap<Long, Node> starts, NumberWeights weights, Set<Long> heavy) {
    List<WordRange> ranges = new ArrayList<>();
    for (Map.Entry<Long, Node> entry : starts.entrySet()) {
      Long next = starts.higherKey(entry.getKey());
      long to = next == null ? WordRange.LAST : next - 1;
      int end = ranges.size() - 1;
      boolean alone = heavy.contains(entry.getKey()) || heavy.contains(entry.getKey() - 1);
      boolean same = end >= 0 && !alone && ranges.get(end).target() == entry.getValue();
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

  /** Whether the kernel must run the filter for some of the calls that the policy lists. */
  boolean hasUncached() {
    return byNumber.values().stream().anyMatch(node -> !NumberWeights.isCached(node));
  }

  /** Whether one filter decides the listed calls on shorter paths than another one. */
  boolean isFaster(Filter one, Filter other) {
    return steps(one, false) < steps(other, false) && steps(one, true) < steps(other, true);
  }

  private long steps(Filter filter, boolean cached) {
    long steps = 0;
    for (Map.Entry<Long, Node> entry : byNumber.entrySet()) {
      if (cached || !NumberWeights.isCached(entry.getValue())) {
        int number = entry.getKey().intValue();
        steps += Emulator.run(filter, SeccompData.of(policy.architecture(), number)).steps();
      }
    }
    return steps;
  }
}

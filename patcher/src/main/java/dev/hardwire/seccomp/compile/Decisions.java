package dev.hardwire.seccomp.compile;

import dev.hardwire.arch.Target;
import dev.hardwire.seccomp.Verdict;
import dev.hardwire.seccomp.resolve.ResolvedPolicy;
import dev.hardwire.seccomp.resolve.ResolvedRule;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** The decisions of a policy for each call number of one architecture, as nodes. */
final class Decisions {
  /**
   * The number of call numbers in the kernel. When a filter is installed, Linux 5.11 and later
   * follows it for each of them to find the calls that are allowed whatever their arguments.
   */
  private static final long FOLLOWED = 470;

  /** The relative frequency of a call for which the kernel must run the filter. */
  private static final long UNCACHED = 16;

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
   * architecture refuses kill the process.
   */
  List<WordRange> ranges(Objective objective) {
    NavigableMap<Long, Node> starts = new TreeMap<>();
    for (long start : policy.starts()) {
      starts.put(start, otherwise(start));
    }
    for (Map.Entry<Long, Node> entry : byNumber.entrySet()) {
      starts.put(entry.getKey(), entry.getValue());
      starts.putIfAbsent(entry.getKey() + 1, otherwise(entry.getKey() + 1));
    }
    policy
        .architecture()
        .refusedFrom()
        .ifPresent(from -> starts.put(from, graph.result(new Verdict(Verdict.KILL_PROCESS))));
    return merge(starts, objective);
  }

  private Node otherwise(long number) {
    return graph.result(policy.otherwise(number));
  }

  private List<WordRange> merge(NavigableMap<Long, Node> starts, Objective objective) {
    List<WordRange> ranges = new ArrayList<>();
    for (Map.Entry<Long, Node> entry : starts.entrySet()) {
      Long next = starts.higherKey(entry.getKey());
      long to = next == null ? WordRange.LAST : next - 1;
      int end = ranges.size() - 1;
      boolean same = end >= 0 && ranges.get(end).target() == entry.getValue();
      long from = same ? ranges.get(end).from() : entry.getKey();
      WordRange range = new WordRange(from, to, entry.getValue(), weight(from, to, objective));
      if (same) {
        ranges.set(end, range);
      } else {
        ranges.add(range);
      }
    }
    return ranges;
  }

  /** The weight of the path to a range: for {@link Objective#MIX}, how often it is followed. */
  private long weight(long from, long to, Objective objective) {
    Collection<Node> listed = byNumber.subMap(from, true, to, true).values();
    if (objective == Objective.MIX) {
      long followed = Math.max(0, Math.min(to + 1, FOLLOWED) - from);
      return followed + UNCACHED * listed.stream().filter(n -> !(n instanceof Node.Return)).count();
    }
    long cached =
        listed.stream().filter(n -> n instanceof Node.Return r && r.value == Verdict.ALLOW).count();
    return cached + UNCACHED * (listed.size() - cached);
  }
}

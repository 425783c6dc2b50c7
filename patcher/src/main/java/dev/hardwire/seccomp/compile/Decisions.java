package dev.hardwire.seccomp.compile;

import dev.hardwire.policy.CallName;
import dev.hardwire.policy.NearestName;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Rule;
import dev.hardwire.seccomp.Architecture;
import dev.hardwire.seccomp.SyscallTable;
import dev.hardwire.seccomp.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalInt;
import java.util.TreeMap;

/** What a policy decides for each call number of one architecture. */
final class Decisions {
  private final Architecture architecture;
  private final SyscallTable table;
  private final NodeGraph graph;
  private final TreeMap<Long, Node> byNumber = new TreeMap<>();
  private final Node otherwise;

  private Decisions(Policy policy, Architecture architecture, NodeGraph graph) {
    this.architecture = architecture;
    this.table = SyscallTable.of(architecture);
    this.graph = graph;
    this.otherwise = graph.result(Verdict.of(policy.defaultAction()));
    for (Rule rule : policy.rules()) {
      add(rule);
    }
  }

  /**
   * @throws PolicyException if the policy names a call that the architecture does not have
   */
  static Decisions of(Policy policy, Architecture architecture, NodeGraph graph) {
    return new Decisions(policy, architecture, graph);
  }

  private void add(Rule rule) {
    Node decision = graph.result(Verdict.of(rule.action()));
    for (CallName call : rule.calls()) {
      byNumber.putIfAbsent((long) number(call), decision);
    }
  }

  private int number(CallName call) {
    OptionalInt number = table.number(call.name());
    if (number.isEmpty()) {
      throw new PolicyException(
          call.position(),
          "unknown system call \""
              + call
              + "\" on "
              + architecture
              + NearestName.hint(call.name(), table.names()));
    }
    return number.getAsInt();
  }

  /**
   * Every number once, in order, neighbours with equal decisions merged; the numbers that the
   * architecture refuses kill the process.
   */
  List<NumberRange> ranges() {
    TreeMap<Long, Node> starts = new TreeMap<>();
    starts.put(0L, otherwise);
    for (Map.Entry<Long, Node> entry : byNumber.entrySet()) {
      starts.put(entry.getKey(), entry.getValue());
      starts.putIfAbsent(entry.getKey() + 1, otherwise);
    }
    architecture
        .refusedFrom()
        .ifPresent(from -> starts.put(from, graph.result(new Verdict(Verdict.KILL_PROCESS))));
    return merge(starts);
  }

  private static List<NumberRange> merge(NavigableMap<Long, Node> starts) {
    List<NumberRange> ranges = new ArrayList<>();
    for (Map.Entry<Long, Node> entry : starts.entrySet()) {
      Long next = starts.higherKey(entry.getKey());
      long to = next == null ? NumberRange.LAST : next - 1;
      NumberRange range = new NumberRange(entry.getKey(), to, entry.getValue());
      NumberRange last = ranges.isEmpty() ? null : ranges.get(ranges.size() - 1);
      if (last != null && last.decision() == range.decision()) {
        ranges.set(ranges.size() - 1, new NumberRange(last.from(), to, last.decision()));
      } else {
        ranges.add(range);
      }
    }
    return ranges;
  }
}

package dev.hardwire.report.read;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.CallGroups;
import dev.hardwire.calls.RiskyCalls;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.prove.explain.ExplainedCall;
import dev.hardwire.filter.prove.explain.FilterExplanation;
import dev.hardwire.filter.prove.explain.PolicyExplanation;
import dev.hardwire.filter.prove.symbolic.UnprovableException;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Action;
import dev.hardwire.report.model.CallRow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;

/** The decisions for every call of an architecture. */
final class CallTable {
  /** Groups that hold calls of other groups, or that say nothing about a call. */
  private static final Set<String> BROAD =
      Set.of("@default", "@known", "@system-service", "@privileged", "@obsolete");

  private static final Map<String, String> GROUPS = groups();

  private final SortedSet<String> names;
  private final List<CallRow> rows = new ArrayList<>();

  private CallTable(Target architecture) {
    this.names = SyscallTable.of(architecture).names();
  }

  /** For each call, the smallest group that has it. */
  private static Map<String, String> groups() {
    List<String> groups = new ArrayList<>(CallGroups.names());
    groups.removeAll(BROAD);
    groups.sort(Comparator.comparingInt(group -> CallGroups.calls(group).orElseThrow().size()));
    groups.add("@obsolete");
    groups.add("@default");
    Map<String, String> found = new HashMap<>();
    for (String group : groups) {
      String name = group.equals("@default") ? "basic" : group.substring(1);
      CallGroups.calls(group).orElseThrow().forEach(call -> found.putIfAbsent(call, name));
    }
    return found;
  }

  /** Those of a policy that its filter is known to follow, with the policy's reasons. */
  static List<CallRow> of(ResolvedPolicy policy) {
    CallTable table = new CallTable(policy.architecture());
    table.add(PolicyExplanation.of(policy, table.names), true);
    table.add(PolicyExplanation.of(policy, Set.of()), false);
    return table.rows;
  }

  /**
   * Those of filters.
   *
   * @throws dev.hardwire.filter.prove.symbolic.UnprovableException if they cannot be told
   */
  static List<CallRow> of(List<Filter> filters, Target architecture) {
    List<FilterExplanation.Labelled> labelled =
        filters.stream().map(filter -> new FilterExplanation.Labelled("", filter)).toList();
    CallTable table = new CallTable(architecture);
    table.add(FilterExplanation.of(labelled, architecture, table.names), true);
    table.add(FilterExplanation.of(labelled, architecture, Set.of()), false);
    return table.rows;
  }

  /** Those that further filters change. */
  static List<CallRow> changed(List<Filter> before, List<Filter> more, Target architecture) {
    List<Filter> all = new ArrayList<>(before);
    all.addAll(more);
    try {
      Set<CallRow> known = Set.copyOf(of(before, architecture));
      List<CallRow> rows = new ArrayList<>(of(all, architecture));
      Set<String> calls = new HashSet<>();
      rows.stream().filter(row -> !known.contains(row)).forEach(row -> calls.add(row.call()));
      rows.removeIf(row -> !calls.contains(row.call()));
      return rows;
    } catch (UnprovableException e) {
      return List.of(new CallRow("every call", "", "depends", false, e.getMessage(), "", ""));
    }
  }

  private void add(List<ExplainedCall> explained, boolean named) {
    for (ExplainedCall one : explained) {
      if (names.contains(one.call()) == named) {
        rows.add(
            new CallRow(
                one.call(),
                named ? GROUPS.getOrDefault(one.call(), "other") : "",
                one.decision(),
                allows(one.decision()),
                one.when(),
                one.reason(),
                named ? RiskyCalls.reasons().getOrDefault(one.call(), "") : ""));
      }
    }
  }

  private static boolean allows(String decision) {
    return decision.equals(Action.ALLOW.toString()) || decision.equals(Action.LOG.toString());
  }
}

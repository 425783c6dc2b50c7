package dev.hardwire.report.read;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.calls.CallGroups;
import dev.hardwire.calls.RiskyCalls;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.prove.explain.ExplainedCall;
import dev.hardwire.filter.prove.explain.FilterExplanation;
import dev.hardwire.filter.prove.explain.PhaseExplanation;
import dev.hardwire.filter.prove.explain.PolicyExplanation;
import dev.hardwire.filter.prove.explain.RestrictionExplanation;
import dev.hardwire.filter.prove.symbolic.UnprovableException;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.report.model.CallRow;
import dev.hardwire.report.model.PolicyView;
import dev.hardwire.verify.Inspection;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.concurrent.ConcurrentHashMap;

/** Explains policies, each once for all programs that have it. Can be used by several threads. */
final class PolicyReader {
  private final Map<String, PolicyView> known = new ConcurrentHashMap<>();

  /**
   * The policy of a program.
   *
   * @param patches those of the program, the last first
   * @param proven whether filters and setups are known to be what the policies say
   */
  PolicyView read(List<Inspection> patches, boolean proven) {
    return known.computeIfAbsent(key(patches, proven), key -> explain(key, patches, proven));
  }

  /** A digest of all that the explanation is made from. */
  private static String key(List<Inspection> patches, boolean proven) {
    ByteWriter all = new ByteWriter(ByteOrder.LITTLE_ENDIAN);
    add(all, patches.get(0).architecture().id() + proven);
    for (Inspection patch : patches) {
      add(all, patch.notes().policy().text());
      add(all, String.join("\n", patch.setup()));
      add(all, patch.filters());
      for (Inspection.Later later : patch.phases()) {
        add(all, later.phase().name() + "\0" + later.phase().moment());
        add(all, String.join("\n", later.setup()));
        add(all, later.filters());
      }
    }
    return all.toBytes().sha256().hex();
  }

  private static void add(ByteWriter all, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    all.u32(bytes.length).bytes(bytes);
  }

  private static void add(ByteWriter all, List<Filter> filters) {
    for (Filter filter : filters) {
      all.u32(filter.size()).bytes(filter.encode(ByteOrder.LITTLE_ENDIAN));
    }
  }

  private static List<PolicyView.Phase> phases(Inspection patch, List<Inspection> patches) {
    List<PolicyView.Phase> phases = new ArrayList<>();
    for (Inspection.Later later : patch.phases()) {
      List<Filter> before = new ArrayList<>();
      patches.forEach(one -> before.addAll(one.filters()));
      phases.add(
          new PolicyView.Phase(
              later.phase().name(),
              later.phase().moment(),
              later.setup(),
              later.filters(),
              CallTable.changed(before, later.filters(), patch.architecture())));
    }
    return phases;
  }

  private static PolicyView explain(String key, List<Inspection> patches, boolean proven) {
    Target architecture = patches.get(0).architecture();
    List<PolicyView.Layer> layers = new ArrayList<>();
    List<ExplainedCall> restrictions = new ArrayList<>();
    List<Policy> policies = new ArrayList<>();
    for (Inspection patch : patches) {
      String text = patch.notes().policy().text();
      layers.add(
          new PolicyView.Layer(
              patch.policyName(),
              hook(patch),
              patch.notes().policy().sha256().hex(),
              text,
              patch.setup(),
              patch.filters(),
              phases(patch, patches)));
      Policy policy = YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "policy");
      policies.add(policy);
      restrictions.addAll(RestrictionExplanation.of(policy));
      restrictions.addAll(PhaseExplanation.restrictions(policy));
    }
    PolicyView view =
        new PolicyView(key, proven, architecture, layers, List.of(), "", restrictions);
    try {
      return view.with(
          proven && policies.size() == 1
              ? CallTable.of(ResolvedPolicy.of(policies.get(0), architecture))
              : CallTable.of(view.filters(), architecture));
    } catch (UnprovableException e) {
      return view.unexplained(e.getMessage());
    }
  }

  /** The name of a hook, or {@code needed}. */
  static String hook(Inspection patch) {
    return patch.notes().setup().hook().map(Object::toString).orElse("needed");
  }

  /** The decisions for every call of an architecture. */
  private static final class CallTable {
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
}

package dev.hardwire.filter.prove.explain;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.CallGroups;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.prove.symbolic.SymbolicPolicy;
import dev.hardwire.filter.prove.symbolic.Words;
import dev.hardwire.filter.resolve.NumberedRule;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.filter.resolve.ResolvedRule;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.CallNumbers;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Explains policies by evaluating the rules of each call together. */
public final class PolicyExplanation {
  private static final String BUILT_IN = "built in";

  private final ResolvedPolicy policy;
  private final Explanation explanation;
  private final SymbolicPolicy symbolic;

  private PolicyExplanation(ResolvedPolicy policy) {
    this.policy = policy;
    this.explanation = new Explanation(policy.architecture());
    this.symbolic = new SymbolicPolicy(new Words(explanation.bdd, policy.architecture().order()));
  }

  /**
   * The decisions of a policy for calls.
   *
   * @param calls their names; empty for every call that the policy names, and all others together
   */
  public static List<ExplainedCall> of(ResolvedPolicy policy, Set<String> calls) {
    PolicyExplanation explained = new PolicyExplanation(policy);
    SyscallTable table = SyscallTable.of(policy.architecture());
    for (String call : calls.isEmpty() ? table.names() : new TreeSet<>(calls)) {
      int number = table.number(call).getAsInt();
      if (policy.rules().containsKey(number) || !calls.isEmpty()) {
        explained.call(call, policy.rulesOf(number));
      }
    }
    if (calls.isEmpty()) {
      explained.numbers(table);
      explained.others();
      explained.explanation.addUnfiltered(
          number -> explained.decision(table.name(number).orElseThrow(), policy.rulesOf(number)));
    }
    return explained.explanation.rows();
  }

  private void call(String name, List<ResolvedRule> rules) {
    explanation.add(name, decision(name, rules));
  }

  private int decision(String name, List<ResolvedRule> rules) {
    int decision = otherwise();
    for (int i = rules.size() - 1; i >= 0; i--) {
      Rule rule = rules.get(i).rule();
      int leaf =
          explanation.leaf(Verdict.of(rule.action()), place(rule, name), rule.reason().orElse(""));
      decision =
          explanation.bdd.choose(symbolic.condition(rules.get(i).condition()), leaf, decision);
    }
    return decision;
  }

  private int otherwise() {
    return explanation.leaf(policy.defaultVerdict(), defaultPlace(policy.policy()));
  }

  private static String defaultPlace(Policy policy) {
    Position position = policy.defaultPosition();
    return position.equals(Position.NONE) ? "default" : position + " default";
  }

  /** The position at which a rule names a call, and the group if it names only that. */
  private static String place(Rule rule, String call) {
    for (CallName name : rule.calls()) {
      if (name.name().equals(call)) {
        return name.group().isEmpty()
            ? name.position().toString()
            : rule.position() + " " + name.group();
      }
    }
    for (CallName name : rule.calls()) {
      boolean holds =
          name.isGroup()
              && !name.isExclusion()
              && CallGroups.calls(name.target()).map(c -> c.contains(call)).orElse(false);
      if (holds) {
        Position position = name.group().isEmpty() ? name.position() : rule.position();
        return position + " " + (name.group().isEmpty() ? name : name.group() + " " + name);
      }
    }
    return rule.position().toString();
  }

  /** Calls by number, and ranges of numbers. */
  private void numbers(SyscallTable table) {
    policy
        .rules()
        .forEach(
            (number, rules) -> {
              if (table.name(number).isEmpty()) {
                call("nr " + number, rules);
              }
            });
    Set<Rule> told = new HashSet<>();
    for (NumberedRule numbered : policy.numbered()) {
      Rule rule = numbered.rule();
      if (numbered.unknown() && !told.add(rule)) {
        continue;
      }
      explanation.add(
          new ExplainedCall(
              numbered.unknown() ? "numbers without a name" : numbered.numbers().toString(),
              Verdict.of(rule.action()).toString(),
              Explanation.ALWAYS,
              rule.position().toString(),
              rule.reason().orElse("")));
    }
  }

  /** Whether some number that the architecture does not refuse is in no rule. */
  private boolean hasOthers() {
    long end = policy.architecture().refusedFrom().orElse(CallNumbers.LAST + 1);
    TreeMap<Long, Long> covered = new TreeMap<>();
    policy.rules().keySet().forEach(number -> covered.put((long) number, (long) number));
    for (NumberedRule rule : policy.numbered()) {
      covered.merge(rule.numbers().from(), rule.numbers().to(), Math::max);
    }
    long next = 0;
    for (Map.Entry<Long, Long> range : covered.entrySet()) {
      if (range.getKey() > next) {
        return true;
      }
      next = Math.max(next, range.getValue() + 1);
    }
    return next < end;
  }

  private void others() {
    Target architecture = policy.architecture();
    if (hasOthers()) {
      explanation.add("every other call", otherwise());
    }
    String kill = new Verdict(Verdict.KILL_PROCESS).toString();
    if (architecture.refusedFrom().isPresent()) {
      String from = "numbers from 0x" + Long.toHexString(architecture.refusedFrom().getAsLong());
      explanation.add(new ExplainedCall(from, kill, Explanation.ALWAYS, BUILT_IN));
    }
    explanation.add(new ExplainedCall("other architectures", kill, Explanation.ALWAYS, BUILT_IN));
  }
}

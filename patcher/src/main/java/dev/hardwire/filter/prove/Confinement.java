package dev.hardwire.filter.prove;

import dev.hardwire.calls.RiskyCalls;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.FilterStack;
import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.prove.symbolic.Bdd;
import dev.hardwire.filter.prove.symbolic.SymbolicPolicy;
import dev.hardwire.filter.prove.symbolic.UnprovableException;
import dev.hardwire.filter.prove.symbolic.Words;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.filter.resolve.ResolvedRule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What the policies of one process do together, counted in system calls of its architecture. All
 * filters run for each call, and the most restrictive action applies ({@link FilterStack}).
 *
 * @param denied the calls that are denied whatever their arguments, by action, the most restrictive
 *     action first
 * @param conditional calls that are denied for some arguments; whether the others are allowed is
 *     not distinguished
 * @param allowed calls that are allowed whatever their arguments, including those that are logged
 * @param risky the allowed ones of {@link RiskyCalls}
 * @param riskyAtTimes those of them that are allowed for some arguments only
 * @param others the action for numbers that are no call of the architecture; if they get several,
 *     the first one that denies
 * @param restrictions what else is restricted: {@link Restrictions#certain}
 */
public record Confinement(
    List<Denial> denied,
    int conditional,
    int allowed,
    List<String> risky,
    List<String> riskyAtTimes,
    Verdict others,
    List<String> restrictions) {
  /** One action and how many calls it denies. */
  public record Denial(Verdict verdict, int calls) {}

  public Confinement {
    denied = List.copyOf(denied);
    risky = List.copyOf(risky);
    riskyAtTimes = List.copyOf(riskyAtTimes);
    restrictions = List.copyOf(restrictions);
  }

  /** The verdicts that a call can get. */
  private record Verdicts(boolean lets, boolean denies, Verdict only) {}

  /**
   * Counts.
   *
   * @param policies one or more of one architecture, in the order in which they are installed
   */
  public static Confinement of(List<ResolvedPolicy> policies) {
    SyscallTable table = SyscallTable.of(policies.get(0).architecture());
    Map<Integer, Verdicts> calls = new HashMap<>();
    Map<Verdict, Integer> counts = new HashMap<>();
    int conditional = 0;
    int allowed = 0;
    for (int number : table.numbers()) {
      Verdicts verdicts = verdicts(policies, number);
      calls.put(number, verdicts);
      if (!verdicts.denies()) {
        allowed++;
      } else if (verdicts.only() == null) {
        conditional++;
      } else {
        counts.merge(verdicts.only(), 1, Integer::sum);
      }
    }
    List<Denial> denied = new ArrayList<>();
    for (Map.Entry<Verdict, Integer> count : counts.entrySet()) {
      denied.add(new Denial(count.getKey(), count.getValue()));
    }
    denied.sort((a, b) -> compare(a.verdict(), b.verdict()));
    List<String> risky = new ArrayList<>();
    List<String> atTimes = new ArrayList<>();
    for (String call : RiskyCalls.reasons().keySet()) {
      OptionalInt number = table.number(call);
      if (number.isPresent() && calls.get(number.getAsInt()).lets()) {
        (calls.get(number.getAsInt()).denies() ? atTimes : risky).add(call);
      }
    }
    return new Confinement(
        denied,
        conditional,
        allowed,
        risky,
        atTimes,
        others(policies),
        Restrictions.certain(policies));
  }

  /** Whether a policy allows every call of its architecture and restricts nothing else. */
  static boolean isEmpty(ResolvedPolicy policy) {
    if (!others(List.of(policy)).letsThrough()
        || !Restrictions.certain(List.of(policy)).isEmpty()) {
      return false;
    }
    SyscallTable table = SyscallTable.of(policy.architecture());
    for (int number : policy.rules().keySet()) {
      if (!table.isUnfiltered(number) && verdicts(List.of(policy), number).denies()) {
        return false;
      }
    }
    return true;
  }

  /** The kernel compares actions as signed numbers (seccomp_run_filters in kernel/seccomp.c). */
  private static int compare(Verdict a, Verdict b) {
    int byAction = Integer.compare((int) a.action(), (int) b.action());
    return byAction != 0 ? byAction : Integer.compare(a.data(), b.data());
  }

  private static Verdict others(List<ResolvedPolicy> policies) {
    SortedSet<Long> starts = new TreeSet<>();
    for (ResolvedPolicy policy : policies) {
      starts.addAll(policy.starts());
    }
    Verdict found = null;
    for (long start : starts) {
      Verdict all = policies.get(0).otherwise(start);
      for (ResolvedPolicy policy : policies) {
        all = FilterStack.stricter(policy.otherwise(start), all);
      }
      found = found == null || found.letsThrough() ? all : found;
    }
    return found;
  }

  private static Verdicts verdicts(List<ResolvedPolicy> policies, int number) {
    Verdict all = null;
    for (ResolvedPolicy policy : policies) {
      List<ResolvedRule> rules = policy.rulesOf(number);
      if (!rules.isEmpty() && !rules.get(0).isUnconditional()) {
        return byArguments(policies, number);
      }
      Verdict verdict =
          rules.isEmpty() ? policy.defaultVerdict() : Verdict.of(rules.get(0).rule().action());
      all = all == null ? verdict : FilterStack.stricter(verdict, all);
    }
    return new Verdicts(all.letsThrough(), !all.letsThrough(), all);
  }

  /**
   * The diagram of one call of one policy stays within the limits that the policy was accepted
   * with. Those of a stack may exceed them together: then the call counts as allowed for some
   * arguments.
   */
  private static Verdicts byArguments(List<ResolvedPolicy> policies, int number) {
    try {
      return together(policies, number);
    } catch (UnprovableException e) {
      if (policies.size() == 1) {
        throw e;
      }
      boolean denies = false;
      for (ResolvedPolicy policy : policies) {
        denies |= verdicts(List.of(policy), number).denies();
      }
      return new Verdicts(true, denies, null);
    }
  }

  private static Verdicts together(List<ResolvedPolicy> policies, int number) {
    Bdd bdd = new Bdd();
    SymbolicPolicy symbolic =
        new SymbolicPolicy(new Words(bdd, policies.get(0).architecture().order()));
    int function = symbolic.rules(policies.get(0), number);
    for (ResolvedPolicy policy : policies.subList(1, policies.size())) {
      function =
          bdd.combine(
              symbolic.rules(policy, number),
              function,
              (later, earlier) ->
                  bdd.leaf(
                      FilterStack.stricter(
                              new Verdict(bdd.value(later)), new Verdict(bdd.value(earlier)))
                          .value()));
    }
    Set<Verdict> found = new HashSet<>();
    leaves(bdd, function, new HashSet<>(), found);
    boolean lets = false;
    boolean denies = false;
    for (Verdict verdict : found) {
      lets |= verdict.letsThrough();
      denies |= !verdict.letsThrough();
    }
    return new Verdicts(lets, denies, found.size() == 1 ? found.iterator().next() : null);
  }

  private static void leaves(Bdd bdd, int function, Set<Integer> seen, Set<Verdict> found) {
    if (!seen.add(function)) {
      return;
    }
    if (bdd.isLeaf(function)) {
      found.add(new Verdict(bdd.value(function)));
    } else {
      leaves(bdd, bdd.low(function), seen, found);
      leaves(bdd, bdd.high(function), seen, found);
    }
  }

  /** Whether every call is allowed, whatever its arguments, and nothing else is restricted. */
  public boolean enforcesNothing() {
    return allowsAllCalls() && restrictions.isEmpty();
  }

  private boolean allowsAllCalls() {
    return denied.isEmpty() && conditional == 0 && others.letsThrough();
  }

  /** A clause such as {@code kill-process for 2 calls, 371 allowed}. */
  public String text() {
    if (allowsAllCalls()) {
      return restrictions.isEmpty()
          ? "enforces nothing: every call is allowed"
          : restricted("every call is allowed");
    }
    List<String> parts = new ArrayList<>();
    for (Denial denial : denied) {
      parts.add(denial.verdict() + " for " + counted(denial.calls(), parts.isEmpty()));
    }
    if (conditional > 0) {
      parts.add(counted(conditional, parts.isEmpty()) + " denied for some arguments");
    }
    if (parts.isEmpty()) {
      parts.add(others + " for numbers that are no call");
    }
    parts.add(allowed + " allowed");
    return restricted(String.join(", ", parts));
  }

  private String restricted(String calls) {
    return restrictions.isEmpty()
        ? calls
        : calls + "; restricted: " + String.join(", ", restrictions);
  }

  /** Names the allowed calls of {@link RiskyCalls}; empty if there are none. */
  public String riskyText() {
    return RiskyCalls.text(risky, riskyAtTimes);
  }

  private static String counted(int calls, boolean named) {
    return named ? calls + (calls == 1 ? " call" : " calls") : String.valueOf(calls);
  }
}

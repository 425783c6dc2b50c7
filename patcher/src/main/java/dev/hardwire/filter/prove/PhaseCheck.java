package dev.hardwire.filter.prove;

import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.prove.symbolic.Bdd;
import dev.hardwire.filter.prove.symbolic.SymbolicPolicy;
import dev.hardwire.filter.prove.symbolic.Words;
import dev.hardwire.filter.resolve.PhaseRules;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.filter.resolve.ResolvedRule;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Landlock;
import dev.hardwire.policy.PathRule;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Checks the phases of a policy: each as a policy of its own, and that its rules allow nothing that
 * is denied from the start, which would have no effect.
 */
final class PhaseCheck {
  private static final String END = "exit_group";
  private static final Verdict KILL = new Verdict(Verdict.KILL_PROCESS);

  private final ResolvedPolicy start;
  private final Phase phase;
  private final ResolvedPolicy later;
  private final Bdd bdd = new Bdd();
  private final SymbolicPolicy symbolic;

  /** Rules that allow something which the start allows, compared by identity. */
  private final Set<Rule> useful = Collections.newSetFromMap(new IdentityHashMap<>());

  /** Rules that allow something, compared by identity. */
  private final Set<Rule> allowing = Collections.newSetFromMap(new IdentityHashMap<>());

  private PhaseCheck(ResolvedPolicy start, Phase phase, ResolvedPolicy later) {
    this.start = start;
    this.phase = phase;
    this.later = later;
    this.symbolic = new SymbolicPolicy(new Words(bdd, start.architecture().order()));
  }

  /**
   * The warnings about the phases of a policy.
   *
   * @throws PolicyException for a rule that allows what is denied from the start
   */
  static List<PolicyWarning> warnings(ResolvedPolicy policy) {
    List<PolicyWarning> warnings = new ArrayList<>();
    Policy whole = policy.policy();
    if (whole.phases().isEmpty()) {
      return warnings;
    }
    ResolvedPolicy start = ResolvedPolicy.of(whole.inPhases(List.of()), policy.architecture());
    requireEnd(start, "the policy");
    for (Phase phase : whole.phases()) {
      ResolvedPolicy later =
          ResolvedPolicy.of(PhaseRules.policy(whole, phase), policy.architecture());
      PhaseCheck check = new PhaseCheck(start, phase, later);
      check.run();
      if (whole.phases().size() > 1) {
        requireEnd(later, "phase \"" + phase.name() + "\"");
      }
      requireSetups(start, "the policy", whole.phases());
      requireSetups(later, "phase \"%s\"".formatted(phase.name()), others(whole, phase));
      warnings.addAll(PolicyCheck.warnings(later));
      warnings.addAll(check.restrictions());
    }
    return warnings;
  }

  private static List<Phase> others(Policy whole, Phase phase) {
    return whole.phases().stream().filter(other -> !other.equals(phase)).toList();
  }

  /** Refuses a policy that denies calls with which a phase begins: phases begin in any order. */
  private static void requireSetups(ResolvedPolicy policy, String what, List<Phase> phases) {
    for (Phase phase : phases) {
      List<String> denied = PhaseSetup.denied(policy, phase);
      if (!denied.isEmpty()) {
        throw new PolicyException(
            phase.landlock().orElseThrow().position(),
            "%s denies calls with which the phase \"%s\" restricts files, ports or processes; %s"
                .formatted(what, phase.name(), "allow " + String.join(", ", denied)));
      }
    }
  }

  /** What the phase says of files and ports that it cannot have, or that may end the program. */
  private List<PolicyWarning> restrictions() {
    List<PolicyWarning> warnings = new ArrayList<>();
    if (phase.landlock().isEmpty()) {
      return warnings;
    }
    Landlock landlock = phase.landlock().get();
    for (Restrictions.Access access : Restrictions.Access.values()) {
      for (PathRule rule : access.of(landlock).orElse(List.of())) {
        if (!rule.path().equals(".")
            && Restrictions.allowing(start.policy(), access, rule.path())
                .filter(List::isEmpty)
                .isPresent()) {
          warnings.add(beyond(rule.position(), access + " " + rule.path()));
        }
      }
    }
    for (Restrictions.Ports list : Restrictions.Ports.values()) {
      Set<Integer> ports = new TreeSet<>(list.of(later.policy()).orElse(Set.of()));
      ports.removeAll(list.of(start.policy()).orElse(ports));
      for (int port : ports) {
        warnings.add(beyond(landlock.position(), list + " to port " + port));
      }
    }
    List<String> denied = PhaseSetup.denied(later, phase);
    if (phase.function().isPresent() && !denied.isEmpty()) {
      warnings.add(
          new PolicyWarning(
              landlock.position(),
              "phase \"%s\" denies calls with which it begins, so the program may be ended %s; allow %s"
                  .formatted(
                      phase.name(),
                      "if it begins twice (by threads, or in a signal handler)",
                      String.join(", ", denied))));
    }
    return warnings;
  }

  private PolicyWarning beyond(Position position, String what) {
    return new PolicyWarning(
        position,
        "phase \"%s\" lets the program %s, which the policy denies from the start"
            .formatted(phase.name(), what));
  }

  /**
   * Refuses a policy under which a phase that cannot begin could not end the program: if exit_group
   * fails, or is left to the program (trap), the program may go on without the phase.
   */
  private static void requireEnd(ResolvedPolicy policy, String what) {
    int number = SyscallTable.of(policy.architecture()).number(END).orElseThrow();
    for (ResolvedRule rule : policy.rulesOf(number)) {
      requireEnd(Verdict.of(rule.rule().action()), rule.rule().position(), what);
      if (rule.isUnconditional()) {
        return;
      }
    }
    requireEnd(policy.otherwise(number), policy.policy().defaultPosition(), what);
  }

  private static void requireEnd(Verdict verdict, Position position, String what) {
    if (!verdict.letsThrough() && !verdict.equals(KILL)) {
      throw new PolicyException(
          position,
          "%s decides %s for exit_group, by which a phase that cannot begin ends the program; %s"
              .formatted(what, verdict, "allow it, or decide kill-process"));
    }
  }

  private void run() {
    for (int number : later.rules().keySet()) {
      rules(number);
    }
    for (Rule rule : later.policy().rules()) {
      if (allowing.contains(rule) && !useful.contains(rule)) {
        throw new PolicyException(
            rule.position(),
            "phase \"%s\" allows calls here that the policy denies from the start; %s"
                .formatted(phase.name(), "remove the rule, or allow them there"));
      }
    }
  }

  private void rules(int number) {
    int allowed = allowedAtStart(number);
    int left = Bdd.TRUE;
    for (ResolvedRule rule : later.rulesOf(number)) {
      int matched = bdd.and(symbolic.condition(rule.condition()), left);
      left = bdd.and(left, bdd.not(matched));
      if (matched == Bdd.FALSE || !Verdict.of(rule.rule().action()).letsThrough()) {
        continue;
      }
      allowing.add(rule.rule());
      if (bdd.and(matched, allowed) != Bdd.FALSE) {
        useful.add(rule.rule());
      } else {
        named(rule);
      }
    }
  }

  /** A call that a rule names itself, not only by a group. */
  private void named(ResolvedRule rule) {
    for (CallName call : rule.rule().calls()) {
      if (call.name().equals(rule.name()) && call.group().isEmpty()) {
        throw new PolicyException(
            call.position(),
            "phase \"%s\" allows %s, which the policy denies from the start; %s"
                .formatted(phase.name(), call, "remove it here, or allow it there"));
      }
    }
  }

  /** The arguments with which the start lets a call through. */
  private int allowedAtStart(int number) {
    int left = Bdd.TRUE;
    int allowed = Bdd.FALSE;
    for (ResolvedRule rule : start.rulesOf(number)) {
      int matched = bdd.and(symbolic.condition(rule.condition()), left);
      left = bdd.and(left, bdd.not(matched));
      if (Verdict.of(rule.rule().action()).letsThrough()) {
        allowed = bdd.or(allowed, matched);
      }
    }
    return start.defaultVerdict().letsThrough() ? bdd.or(allowed, left) : allowed;
  }
}

package dev.hardwire.seccomp.prove;

import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import dev.hardwire.seccomp.SyscallTable;
import dev.hardwire.seccomp.Verdict;
import dev.hardwire.seccomp.resolve.PhaseRules;
import dev.hardwire.seccomp.resolve.ResolvedPolicy;
import dev.hardwire.seccomp.resolve.ResolvedRule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

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
      new PhaseCheck(start, phase, later).run();
      if (whole.phases().size() > 1) {
        requireEnd(later, "phase \"" + phase.name() + "\"");
      }
      warnings.addAll(PolicyCheck.warnings(later));
    }
    return warnings;
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

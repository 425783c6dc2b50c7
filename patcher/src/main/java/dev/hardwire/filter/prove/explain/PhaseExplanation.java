package dev.hardwire.filter.prove.explain;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.resolve.PhaseRules;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Explains the phases of a policy, in rows like those of calls. */
public final class PhaseExplanation {
  private PhaseExplanation() {}

  /**
   * When each phase begins, and what its own rules decide. What the policy denies from the start
   * stays denied.
   *
   * @param calls their names; empty for every call that a phase names, and all others together
   * @param paths what may be done with these; empty for all that a phase names
   */
  public static List<ExplainedCall> of(
      Policy policy, Target architecture, Set<String> calls, List<String> paths) {
    List<ExplainedCall> rows = new ArrayList<>();
    for (Phase phase : policy.phases()) {
      boolean all = calls.isEmpty() && paths.isEmpty();
      rows.add(
          new ExplainedCall(
              "phase " + phase.name(),
              "from " + phase.moment() + " on",
              Explanation.ALWAYS,
              phase.position() + " phase"));
      ResolvedPolicy rules = ResolvedPolicy.of(PhaseRules.policy(policy, phase), architecture);
      if (all || !calls.isEmpty()) {
        PolicyExplanation.of(rules, calls).forEach(row -> rows.add(named(phase, row)));
      }
      List<ExplainedCall> restrictions =
          all
              ? RestrictionExplanation.of(rules.policy())
              : RestrictionExplanation.of(rules.policy(), paths);
      restrictions.forEach(row -> rows.add(named(phase, row)));
    }
    return rows;
  }

  /** What the phases of a policy restrict beside system calls. */
  public static List<ExplainedCall> restrictions(Policy policy) {
    List<ExplainedCall> rows = new ArrayList<>();
    for (Phase phase : policy.phases()) {
      RestrictionExplanation.of(PhaseRules.policy(policy, phase))
          .forEach(row -> rows.add(named(phase, row)));
    }
    return rows;
  }

  private static ExplainedCall named(Phase phase, ExplainedCall row) {
    return new ExplainedCall(
        phase.name() + ": " + row.call(), row.decision(), row.when(), row.from(), row.reason());
  }
}

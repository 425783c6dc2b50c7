package dev.hardwire.seccomp.prove;

import dev.hardwire.arch.Target;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import dev.hardwire.seccomp.resolve.PhaseRules;
import dev.hardwire.seccomp.resolve.ResolvedPolicy;
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
   */
  public static List<ExplainedCall> of(Policy policy, Target architecture, Set<String> calls) {
    List<ExplainedCall> rows = new ArrayList<>();
    for (Phase phase : policy.phases()) {
      rows.add(
          new ExplainedCall(
              "phase " + phase.name(),
              "from " + phase.moment() + " on",
              Explanation.ALWAYS,
              phase.position() + " phase"));
      ResolvedPolicy rules = ResolvedPolicy.of(PhaseRules.policy(policy, phase), architecture);
      for (ExplainedCall row : PolicyExplanation.of(rules, calls)) {
        rows.add(
            new ExplainedCall(
                phase.name() + ": " + row.call(),
                row.decision(),
                row.when(),
                row.from(),
                row.reason()));
      }
    }
    return rows;
  }
}

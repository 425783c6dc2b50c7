package dev.hardwire.filter.prove.symbolic;

import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.filter.resolve.ResolvedRule;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import java.util.Comparator;
import java.util.List;

/** Refuses policies whose filters would be too expensive to prove. */
public final class ProofLimit {
  private ProofLimit() {}

  /** The error; it names the call with the most tests. */
  public static PolicyException refusal(ResolvedPolicy policy, UnprovableException limit) {
    List<ResolvedRule> most =
        policy.rules().values().stream()
            .max(Comparator.comparingLong(ProofLimit::tests))
            .orElse(List.of());
    if (most.isEmpty()) {
      return new PolicyException(Position.NONE, limit.getMessage());
    }
    return new PolicyException(
        most.get(0).rule().position(),
        "the conditions on %s are too complex: %s; use fewer conditions or masks"
            .formatted(most.get(0).name(), limit.getMessage()));
  }

  private static long tests(List<ResolvedRule> rules) {
    return rules.stream().mapToLong(rule -> rule.condition().tests().size()).sum();
  }
}

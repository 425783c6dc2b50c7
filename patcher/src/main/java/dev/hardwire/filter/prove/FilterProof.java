package dev.hardwire.filter.prove;

import dev.hardwire.filter.Filter;
import dev.hardwire.filter.prove.symbolic.Bdd;
import dev.hardwire.filter.prove.symbolic.Counterexample;
import dev.hardwire.filter.prove.symbolic.Difference;
import dev.hardwire.filter.prove.symbolic.SymbolicFilter;
import dev.hardwire.filter.prove.symbolic.SymbolicPolicy;
import dev.hardwire.filter.prove.symbolic.UnprovableException;
import dev.hardwire.filter.prove.symbolic.Words;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.filter.resolve.ResolvedRule;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Proves that a filter decides every call as a policy does: every architecture number, every call
 * number and every value of every argument.
 *
 * <p>Filter and policy are converted to functions of the bits of {@code seccomp_data}, in a form in
 * which equal functions are the same object. The proof does not sample calls, and shares no code
 * with the compiler.
 */
public final class FilterProof {
  private FilterProof() {}

  /**
   * Looks for a call that the filter decides otherwise than the policy.
   *
   * @return empty if there is none
   * @throws UnprovableException if the filter multiplies, divides or returns computed values
   */
  public static Optional<Counterexample> check(Filter filter, ResolvedPolicy policy) {
    Words words = new Words(new Bdd(), policy.architecture().order());
    int decided = new SymbolicFilter(words, filter).of();
    int meant = new SymbolicPolicy(words).of(policy);
    return Difference.between(words.bdd, decided, meant, policy.architecture().order());
  }

  /**
   * Proves that a filter that was just compiled is its policy's, within the limits that apply when
   * it is verified, so that no policy is accepted that cannot be verified. The filter of a policy
   * without conditions is always within them and is not proven here.
   *
   * @throws PolicyException if the proof exceeds the limits
   */
  public static void require(Filter filter, ResolvedPolicy policy) {
    boolean conditions =
        policy.rules().values().stream()
            .anyMatch(rules -> !rules.stream().allMatch(ResolvedRule::isUnconditional));
    if (!conditions) {
      return;
    }
    try {
      check(filter, policy)
          .ifPresent(
              found -> {
                throw new IllegalStateException("the filter differs from its policy: " + found);
              });
    } catch (UnprovableException e) {
      throw refusal(policy, e);
    }
  }

  /**
   * Refuses a policy that is too expensive to prove; the error names the call with the most tests.
   */
  static PolicyException refusal(ResolvedPolicy policy, UnprovableException limit) {
    List<ResolvedRule> most =
        policy.rules().values().stream()
            .max(Comparator.comparingLong(FilterProof::tests))
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

  /** Looks for a call that two policies of one architecture decide differently. */
  public static Optional<Counterexample> compare(ResolvedPolicy first, ResolvedPolicy second) {
    if (first.architecture() != second.architecture()) {
      throw new IllegalArgumentException("policies of different architectures");
    }
    Words words = new Words(new Bdd(), first.architecture().order());
    SymbolicPolicy symbolic = new SymbolicPolicy(words);
    return Difference.between(
        words.bdd, symbolic.of(first), symbolic.of(second), first.architecture().order());
  }

  /**
   * Looks for a call that a policy allows and {@code limit} does not.
   *
   * @return empty if the policy allows nothing that the limit does not allow
   */
  public static Optional<Counterexample> exceeding(ResolvedPolicy policy, ResolvedPolicy limit) {
    Words words = new Words(new Bdd(), policy.architecture().order());
    SymbolicPolicy symbolic = new SymbolicPolicy(words);
    return Difference.between(
        words.bdd,
        symbolic.of(policy),
        symbolic.of(limit),
        policy.architecture().order(),
        (first, second) -> first.letsThrough() && !second.letsThrough());
  }
}

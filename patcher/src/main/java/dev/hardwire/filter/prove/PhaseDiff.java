package dev.hardwire.filter.prove;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.prove.symbolic.UnprovableException;
import dev.hardwire.filter.resolve.PhaseRules;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Compares the phases of policies. Phases that begin at the same moment belong together. */
public final class PhaseDiff {
  private PhaseDiff() {}

  /**
   * Phases of one moment, or one of them.
   *
   * @param moment when they begin
   * @param first the one of the first policy
   * @param second the one of the second policy
   * @param entries the calls that they decide differently, if both are there
   * @param restrictions what else they restrict differently, if both are there
   */
  public record Entry(
      String moment,
      Optional<Phase> first,
      Optional<Phase> second,
      List<PolicyDiff.Entry> entries,
      List<String> restrictions) {}

  public static List<Entry> between(Policy first, Policy second, Target architecture) {
    Map<String, Optional<Phase>> moments = new TreeMap<>();
    first.phases().forEach(phase -> moments.put(phase.moment(), Optional.empty()));
    second.phases().forEach(phase -> moments.put(phase.moment(), Optional.empty()));
    List<Entry> all = new ArrayList<>();
    for (String moment : moments.keySet()) {
      Optional<Phase> one = at(first, moment);
      Optional<Phase> other = at(second, moment);
      List<PolicyDiff.Entry> entries = List.of();
      List<String> restrictions = List.of();
      if (one.isPresent() && other.isPresent()) {
        Policy earlier = PhaseRules.policy(first, one.get());
        Policy later = PhaseRules.policy(second, other.get());
        entries =
            PolicyDiff.between(
                ResolvedPolicy.of(earlier, architecture), ResolvedPolicy.of(later, architecture));
        restrictions = RestrictionDiff.between(earlier, later);
      }
      if (one.isEmpty() || other.isEmpty() || !entries.isEmpty() || !restrictions.isEmpty()) {
        all.add(new Entry(moment, one, other, entries, restrictions));
      }
    }
    return all;
  }

  private static Optional<Phase> at(Policy policy, String moment) {
    return policy.phases().stream().filter(phase -> phase.moment().equals(moment)).findFirst();
  }

  /**
   * Looks for a phase of a bound that nothing in some policies corresponds to.
   *
   * @param policies that all apply
   * @param bound what they may allow at most
   * @return a clause; empty if one of the policies denies from the start, or from the same moment
   *     on, whatever the bound denies or restricts then
   * @throws UnprovableException as {@link FilterProof#check} does
   */
  public static Optional<String> exceeding(
      List<Policy> policies, Policy bound, Target architecture) {
    for (Phase phase : bound.phases()) {
      ResolvedPolicy limit = ResolvedPolicy.of(PhaseRules.policy(bound, phase), architecture);
      List<Policy> then = new ArrayList<>();
      for (Policy policy : policies) {
        at(policy, phase.moment()).ifPresent(same -> then.add(PhaseRules.policy(policy, same)));
      }
      policies.forEach(policy -> then.add(policy.inPhases(List.of())));
      boolean within = false;
      for (Policy policy : then) {
        within |= FilterProof.exceeding(ResolvedPolicy.of(policy, architecture), limit).isEmpty();
      }
      if (!within) {
        return Optional.of("calls from %s on".formatted(phase.moment()));
      }
      Optional<String> more = Restrictions.exceeding(then, limit.policy());
      if (more.isPresent()) {
        return Optional.of("%s, from %s on".formatted(more.get(), phase.moment()));
      }
    }
    return Optional.empty();
  }
}

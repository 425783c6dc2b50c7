package dev.hardwire.filter.resolve;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.LibraryFunctions;
import dev.hardwire.calls.Multiplexer;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Rule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Refuses rules that name no call of an architecture.
 *
 * <p>A policy for several architectures may have rules for some of them only. Such a rule is
 * accepted if another rule names a call of this architecture, unless no supported architecture has
 * its calls, or it names a function of the C library whose system call no rule names.
 */
public final class EmptyRules {
  private EmptyRules() {}

  /**
   * Checks the rules of a policy.
   *
   * @throws PolicyException for a rule that has no effect by mistake
   */
  public static void require(ResolvedPolicy resolved) {
    List<Rule> rules = resolved.policy().rules();
    List<Rule> empty = new ArrayList<>();
    for (Rule rule : rules) {
      if (isEmpty(rule, resolved.architecture())) {
        empty.add(rule);
      }
    }
    for (Rule rule : empty) {
      Optional<CallName> misnamed = misnamed(rule, resolved);
      if (empty.size() == rules.size() || isNowhere(rule) || misnamed.isPresent()) {
        throw refusal(rule, resolved, misnamed);
      }
    }
  }

  private static boolean isEmpty(Rule rule, Target architecture) {
    return !RuleNumbers.isIn(rule)
        && new PolicyResolver(architecture, new ArrayList<>(), Set.of()).names(rule).isEmpty();
  }

  /** Whether a rule lists only names of calls that no supported architecture has. */
  private static boolean isNowhere(Rule rule) {
    return rule.calls().stream()
        .allMatch(
            call ->
                !call.isGroup()
                    && !call.isExclusion()
                    && Arrays.stream(Target.values())
                        .noneMatch(other -> Multiplexer.isReachable(other, call.name())));
  }

  /** A function of the C library whose system call no rule names. */
  private static Optional<CallName> misnamed(Rule rule, ResolvedPolicy resolved) {
    return rule.calls().stream()
        .filter(call -> !call.isExclusion() && !call.isGroup())
        .filter(
            call ->
                LibraryFunctions.call(call.name(), resolved.architecture())
                    .filter(
                        real ->
                            resolved.rules().values().stream()
                                .noneMatch(named -> named.get(0).name().equals(real)))
                    .isPresent())
        .findFirst();
  }

  private static PolicyException refusal(
      Rule rule, ResolvedPolicy resolved, Optional<CallName> misnamed) {
    Target architecture = resolved.architecture();
    boolean allows = Action.letsThrough(rule.action());
    String effect =
        "the rule names no call of %s, so it %s nothing"
            .formatted(architecture, allows ? "allows" : "denies");
    String remedy =
        misnamed
            .map(call -> LibraryFunctions.hint(call.name(), architecture))
            .orElse("; remove it, or name calls of " + architecture);
    return new PolicyException(rule.position(), effect + remedy);
  }
}

package dev.hardwire.seccomp.resolve;

import dev.hardwire.arch.Target;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.Rule;
import dev.hardwire.seccomp.Verdict;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;

/**
 * A policy on one architecture.
 *
 * @param policy with calls mapped, if it asks for that
 * @param defaultVerdict what a call gets that no rule decides
 * @param rules by call number, for each call in the policy's order: the first that matches decides
 * @param warnings in the policy's order
 */
public record ResolvedPolicy(
    Policy policy,
    Target architecture,
    Verdict defaultVerdict,
    SortedMap<Integer, List<ResolvedRule>> rules,
    List<PolicyWarning> warnings) {

  /**
   * Looks every name of a policy up.
   *
   * @throws PolicyException for a name that means nothing
   */
  public static ResolvedPolicy of(Policy policy, Target architecture) {
    CallReplacements.Result mapped = CallReplacements.of(policy, architecture);
    List<PolicyWarning> warnings = new ArrayList<>(mapped.warnings());
    PolicyResolver resolver = new PolicyResolver(architecture, warnings, mapped.gaps());
    return new ResolvedPolicy(
        mapped.policy(),
        architecture,
        Verdict.of(policy.defaultAction()),
        resolver.rules(mapped.policy()),
        List.copyOf(warnings));
  }

  /**
   * The same policy with every call named and no group or exclusion, so that its text means the
   * same whatever groups a later version knows. Calls that the architecture does not have are left
   * out or mapped, as the policy asks, and calls that an earlier rule decides whatever the
   * arguments are left out.
   *
   * @throws PolicyException for a name that means nothing
   */
  public static Policy pinned(Policy policy, Target architecture) {
    Policy mapped = CallReplacements.of(policy, architecture).policy();
    PolicyResolver resolver = new PolicyResolver(architecture, new ArrayList<>(), Set.of());
    List<Rule> rules = new ArrayList<>();
    Set<String> decided = new HashSet<>();
    for (Rule rule : mapped.rules()) {
      Set<String> names = resolver.names(rule);
      names.removeAll(decided);
      List<CallName> calls = new ArrayList<>();
      names.forEach(name -> calls.add(new CallName(name, rule.position())));
      if (rule.condition().isEmpty()) {
        decided.addAll(names);
      }
      if (!calls.isEmpty()) {
        calls.addAll(resolver.exclusions(rule));
        rules.add(new Rule(rule.action(), calls, rule.condition(), rule.position()));
      }
    }
    return policy.withRules(rules).withMissingCallsMapped(false);
  }
}

package dev.hardwire.seccomp.resolve;

import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.Rule;
import dev.hardwire.seccomp.Architecture;
import dev.hardwire.seccomp.Verdict;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;

/**
 * A policy on one architecture.
 *
 * @param defaultVerdict what a call gets that no rule decides
 * @param rules by call number, for each call in the policy's order: the first that matches decides
 * @param warnings in the policy's order
 */
public record ResolvedPolicy(
    Policy policy,
    Architecture architecture,
    Verdict defaultVerdict,
    SortedMap<Integer, List<ResolvedRule>> rules,
    List<PolicyWarning> warnings) {

  /**
   * Looks every name of a policy up.
   *
   * @throws PolicyException for a name that means nothing
   */
  public static ResolvedPolicy of(Policy policy, Architecture architecture) {
    List<PolicyWarning> warnings = new ArrayList<>();
    PolicyResolver resolver = new PolicyResolver(architecture, warnings);
    return new ResolvedPolicy(
        policy,
        architecture,
        Verdict.of(policy.defaultAction()),
        resolver.rules(policy),
        List.copyOf(warnings));
  }

  /**
   * The same policy with every call named and no group or exclusion, so that its text means the
   * same whatever groups a later version knows. Calls that the architecture does not have are left
   * out, and so are calls that an earlier rule decides whatever the arguments.
   *
   * @throws PolicyException for a name that means nothing
   */
  public static Policy pinned(Policy policy, Architecture architecture) {
    PolicyResolver resolver = new PolicyResolver(architecture, new ArrayList<>());
    List<Rule> rules = new ArrayList<>();
    Set<String> decided = new HashSet<>();
    for (Rule rule : policy.rules()) {
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
    return new Policy(
        policy.version(),
        policy.name(),
        policy.defaultAction(),
        rules,
        policy.noNewPrivs(),
        policy.log(),
        policy.defaultPosition());
  }
}

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
 * @param policy with calls mapped, if it requests that, and with the rules of other-sockets
 * @param defaultVerdict the verdict for calls that no rule matches
 * @param rules by call number; for each call in the policy's order, the first match applies
 * @param warnings in the policy's order
 */
public record ResolvedPolicy(
    Policy policy,
    Target architecture,
    Verdict defaultVerdict,
    SortedMap<Integer, List<ResolvedRule>> rules,
    List<PolicyWarning> warnings) {

  /**
   * Resolves every name of a policy.
   *
   * @throws PolicyException for an unknown name
   */
  public static ResolvedPolicy of(Policy policy, Target architecture) {
    CallReplacements.Result mapped = CallReplacements.of(policy, architecture);
    List<PolicyWarning> warnings = new ArrayList<>(mapped.warnings());
    PolicyResolver resolver = new PolicyResolver(architecture, warnings, mapped.gaps());
    Policy whole = SocketRules.added(mapped.policy(), architecture);
    return new ResolvedPolicy(
        whole,
        architecture,
        Verdict.of(policy.defaultAction()),
        resolver.rules(whole),
        List.copyOf(warnings));
  }

  /**
   * The same policy with every call named, without groups and exclusions, so that its meaning does
   * not depend on the groups of a later version. Calls that the architecture lacks are omitted or
   * mapped, as the policy requests, and calls that an earlier rule decides whatever their arguments
   * are omitted.
   *
   * @throws PolicyException for an unknown name
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

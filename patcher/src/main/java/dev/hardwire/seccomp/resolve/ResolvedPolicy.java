package dev.hardwire.seccomp.resolve;

import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.seccomp.Architecture;
import dev.hardwire.seccomp.Verdict;
import java.util.ArrayList;
import java.util.List;
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
}

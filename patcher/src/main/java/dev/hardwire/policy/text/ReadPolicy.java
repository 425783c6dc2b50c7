package dev.hardwire.policy.text;

import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyWarning;
import java.util.List;
import java.util.Set;

/**
 * A policy that was read from a file, with warnings about what was left out.
 *
 * @param warnings in the order of the file
 * @param harmless those about what decides no call
 */
public record ReadPolicy(Policy policy, List<PolicyWarning> warnings, Set<PolicyWarning> harmless) {
  public ReadPolicy {
    warnings = List.copyOf(warnings);
    harmless = Set.copyOf(harmless);
  }

  /** A policy of which what was left out may decide calls. */
  public ReadPolicy(Policy policy, List<PolicyWarning> warnings) {
    this(policy, warnings, Set.of());
  }

  /** The warnings about what may decide calls. */
  public List<PolicyWarning> omissions() {
    return warnings.stream().filter(warning -> !harmless.contains(warning)).toList();
  }
}

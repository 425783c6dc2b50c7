package dev.hardwire.policy.format;

import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyWarning;
import java.util.List;
import java.util.Map;

/**
 * A policy that was read from a file, with warnings about what was left out.
 *
 * @param warnings in the order of the file
 * @param weights how often calls are made, by name; empty if the file does not say
 */
public record ReadPolicy(Policy policy, List<PolicyWarning> warnings, Map<String, Long> weights) {
  public ReadPolicy {
    warnings = List.copyOf(warnings);
    weights = Map.copyOf(weights);
  }

  /** A policy without weights. */
  public ReadPolicy(Policy policy, List<PolicyWarning> warnings) {
    this(policy, warnings, Map.of());
  }
}

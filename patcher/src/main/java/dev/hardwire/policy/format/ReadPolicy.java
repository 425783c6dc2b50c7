package dev.hardwire.policy.format;

import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyWarning;
import java.util.List;

/**
 * A policy that was read from a file, with warnings about what was left out.
 *
 * @param warnings in the order of the file
 */
public record ReadPolicy(Policy policy, List<PolicyWarning> warnings) {
  public ReadPolicy {
    warnings = List.copyOf(warnings);
  }
}

package dev.hardwire.policy.format;

import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyWarning;
import java.util.List;

/**
 * A policy out of a file, and what its reader had to leave out.
 *
 * @param warnings in the order of the file
 */
public record ReadPolicy(Policy policy, List<PolicyWarning> warnings) {
  public ReadPolicy {
    warnings = List.copyOf(warnings);
  }
}

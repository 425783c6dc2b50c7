package dev.hardwire.policy.format;

import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import java.util.Map;
import java.util.TreeMap;

/** Reads the section {@code weights:} of a policy: how often calls are made, by name. */
final class YamlWeights {
  static final String SECTION = "weights";

  private YamlWeights() {}

  static Map<String, Long> read(YamlNodes nodes, YamlNodes.Field section) {
    Map<String, Long> weights = new TreeMap<>();
    for (YamlNodes.Field field : nodes.mapping(section.value(), SECTION).values()) {
      if (!CallName.isOneCall(field.key())) {
        throw new PolicyException(
            field.position(), "\"" + field.key() + "\" is not spelt like a system call");
      }
      long weight = nodes.unsigned(field.value(), field.key());
      if (weight < 1 || weight > Policy.LARGEST_WEIGHT) {
        throw nodes.error(
            field.value(), "a weight must be a number from 1 to " + Policy.LARGEST_WEIGHT);
      }
      weights.put(field.key(), weight);
    }
    if (weights.isEmpty()) {
      throw nodes.error(section.value(), SECTION + " is empty; add a call or remove it");
    }
    return weights;
  }
}

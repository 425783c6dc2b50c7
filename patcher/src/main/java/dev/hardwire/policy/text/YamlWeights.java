package dev.hardwire.policy.text;

import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import java.util.Map;
import java.util.TreeMap;

/** Reads the section {@code weights:} of a policy: how often calls are made, by name. */
final class YamlWeights {
  static final String SECTION = "weights";

  private YamlWeights() {}

  static Map<String, Long> read(YamlNodes nodes, YamlNodes.Field section, CallWeights.Names names) {
    Map<String, Long> weights = new TreeMap<>();
    for (YamlNodes.Field field : nodes.mapping(section.value(), SECTION).values()) {
      if (!CallName.isOneCall(field.key())) {
        throw new PolicyException(
            field.position(), "\"" + field.key() + "\" is not spelt like a system call");
      }
      names.check(field.key(), field.position());
      weights.put(field.key(), nodes.number(field.value(), "a weight", 1, Policy.LARGEST_WEIGHT));
    }
    if (weights.isEmpty()) {
      throw nodes.error(section.value(), SECTION + " is empty; add a call or remove it");
    }
    return weights;
  }
}

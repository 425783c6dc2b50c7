package dev.hardwire.policy.text;

import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Writes the canonical text of a policy.
 *
 * <p>Invariants: equal policies give the same text, and {@link YamlPolicyReader} reads an equal
 * policy back. This text, in UTF-8, is what a patched file carries.
 */
public final class YamlPolicyWriter {
  /** Columns after which a list goes on in the next line. */
  private static final int WIDTH = 100;

  private YamlPolicyWriter() {}

  /** The canonical text; every line ends with a line feed. */
  public static String write(Policy policy) {
    StringBuilder out = new StringBuilder();
    out.append("version: ").append(policy.version()).append('\n');
    out.append("name: ").append(quote(policy.name())).append('\n');
    out.append("default: ").append(policy.defaultAction()).append('\n');
    rules(out, policy.rules(), "");
    out.append("no_new_privs: ").append(policy.noNewPrivs()).append('\n');
    out.append("log: ").append(policy.log()).append('\n');
    if (policy.mapsMissingCalls()) {
      out.append(YamlPolicyReader.MAP).append(": true\n");
    }
    YamlRestrictionsWriter restrictions = new YamlRestrictionsWriter(out, "");
    if (policy.landlock().isPresent()) {
      restrictions.landlock(policy.landlock().get());
    }
    if (policy.limits().isPresent()) {
      restrictions.limits(policy.limits().get());
    }
    if (policy.capabilities().isPresent()) {
      restrictions.capabilities(policy.capabilities().get());
    }
    if (policy.seal()) {
      out.append(YamlPolicyReader.SEAL).append(": true\n");
    }
    if (!policy.weights().isEmpty()) {
      weights(out, policy.weights());
    }
    if (!policy.phases().isEmpty()) {
      out.append(YamlPhases.SECTION).append(":\n");
      policy.phases().forEach(phase -> phase(out, phase));
    }
    return out.toString();
  }

  private static void weights(StringBuilder out, Map<String, Long> weights) {
    String key = CallWeights.SECTION + ": {";
    List<String> items = new ArrayList<>();
    weights.forEach((call, weight) -> items.add(call + ": " + weight));
    out.append(key);
    list(out, items, key.length(), "  ");
    out.append("}\n");
  }

  private static void phase(StringBuilder out, Phase phase) {
    out.append("  - name: ").append(quote(phase.name())).append('\n');
    out.append("    at: ");
    out.append(
        phase
            .function()
            .map(name -> "{" + YamlPhases.FIRST_CALL + ": " + quote(name) + "}")
            .orElse(Phase.MAIN));
    out.append("\n    default: ").append(phase.defaultAction()).append('\n');
    rules(out, phase.rules(), "    ");
    phase.landlock().ifPresent(new YamlRestrictionsWriter(out, "    ")::landlock);
  }

  /**
   * Writes a list of rules.
   *
   * @param indent of its key
   */
  private static void rules(StringBuilder out, List<Rule> rules, String indent) {
    out.append(indent).append(rules.isEmpty() ? "rules: []\n" : "rules:\n");
    for (Rule rule : rules) {
      rule(out, rule, indent);
    }
  }

  private static void rule(StringBuilder out, Rule rule, String indent) {
    String key = indent + "  - " + rule.action() + ": [";
    String more = indent + "    ";
    out.append(key);
    list(
        out, rule.calls().stream().map(YamlPolicyWriter::name).toList(), key.length(), more + "  ");
    out.append("]\n");
    rule.condition()
        .ifPresent(c -> out.append(more).append("when: ").append(quote(c.toString())).append('\n'));
    rule.reason()
        .ifPresent(r -> out.append(more).append("because: ").append(quote(r)).append('\n'));
    if (!rule.architectures().isEmpty()) {
      out.append(more).append("arch: [");
      out.append(String.join(", ", rule.architectures())).append("]\n");
    }
  }

  private static String name(CallName call) {
    return CallName.isOneCall(call.name()) ? call.name() : quote(call.name());
  }

  private static void list(StringBuilder out, List<String> items, int start, String indent) {
    int column = start;
    for (int i = 0; i < items.size(); i++) {
      String item = items.get(i) + (i + 1 < items.size() ? "," : "");
      if (i > 0 && column + 1 + item.length() >= WIDTH) {
        out.append('\n').append(indent).append(item);
        column = indent.length() + item.length();
      } else {
        out.append(i > 0 ? " " : "").append(item);
        column += item.length() + (i > 0 ? 1 : 0);
      }
    }
  }

  /** A double-quoted YAML scalar; names and paths hold no control characters. */
  static String quote(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }
}

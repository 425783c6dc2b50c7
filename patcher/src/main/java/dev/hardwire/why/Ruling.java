package dev.hardwire.why;

import dev.hardwire.filter.Verdict;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import java.util.List;
import java.util.Optional;

/**
 * What a layer decides about a denied call.
 *
 * @param layer the policy
 * @param verdict the decision of its filters
 * @param rule that decided; empty for the default action, and for what every filter denies
 * @param isBuiltIn whether every filter denies it, whatever its policy says
 * @param remedy what to change in the policy; empty if no policy lets the call through
 */
public record Ruling(
    PolicyLayer layer,
    Verdict verdict,
    Optional<Rule> rule,
    boolean isBuiltIn,
    Optional<Remedy> remedy) {
  private static final int MOST_CALLS = 4;
  private static final String PHASE = "phase \"%s\", ";

  /**
   * A change of the policy that lets the call through.
   *
   * @param line a rule to add; empty if nothing is to be added
   * @param place where it belongs, and what else to do
   */
  public record Remedy(Optional<String> line, String place) {}

  /** Where the decision stands. */
  public String place() {
    if (isBuiltIn) {
      return layer.label() + ", built in";
    }
    Position position = rule.map(Rule::position).orElse(layer.policy().policy().defaultPosition());
    String text = position.equals(Position.NONE) ? layer.label() : position.toString();
    text =
        text.equals(layer.label()) ? text : layer.phase().map(PHASE::formatted).orElse("") + text;
    return rule.isPresent() ? text : text + ", default action";
  }

  /** The rule in short, or why the call is denied without one. */
  public String text() {
    if (isBuiltIn) {
      return verdict + ": the call is one of another architecture or interface";
    }
    return rule.map(Ruling::text).orElse(verdict + ": no rule matches");
  }

  private static String text(Rule rule) {
    List<String> calls = rule.calls().stream().map(CallName::toString).toList();
    String some = String.join(", ", calls.subList(0, Math.min(MOST_CALLS, calls.size())));
    String more = calls.size() > MOST_CALLS ? ", ..." : "";
    String when = rule.condition().map(condition -> " when " + condition).orElse("");
    String reason = rule.reason().map(text -> " (" + text + ")").orElse("");
    return "%s: [%s%s]%s%s".formatted(rule.action(), some, more, when, reason);
  }
}

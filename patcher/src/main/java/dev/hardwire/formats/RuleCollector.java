package dev.hardwire.formats;

import dev.hardwire.calls.CallGroups;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Collects the rules of formats in which a call's unconditional rule takes precedence over its
 * conditional ones wherever it is written; of several unconditional ones the first applies.
 */
public final class RuleCollector {
  private final List<PolicyWarning> warnings = new ArrayList<>();
  private final Map<CallName, Action> decided = new LinkedHashMap<>();
  private final List<Rule> unconditional = new ArrayList<>();
  private final List<Rule> conditional = new ArrayList<>();

  public void warn(Position position, String message) {
    warnings.add(new PolicyWarning(position, message));
  }

  public List<PolicyWarning> warnings() {
    return warnings;
  }

  /** Whether a name is a call's; a warning is given if not. */
  public boolean isCall(String name, Position position) {
    if (!CallName.isWellFormed(name) || name.startsWith("@") || name.startsWith("~")) {
      throw new PolicyException(position, "\"" + name + "\" is not spelt like a system call");
    }
    if (!CallGroups.isKnownSomewhere(name)) {
      warn(position, "\"" + name + "\" is not a known system call; it is ignored");
      return false;
    }
    return true;
  }

  public void add(
      Action action, List<CallName> calls, Optional<Condition> condition, Position position) {
    add(action, calls, condition, position, Optional.empty());
  }

  public void add(
      Action action,
      List<CallName> calls,
      Optional<Condition> condition,
      Position position,
      Optional<String> reason) {
    if (condition.isPresent()) {
      if (!calls.isEmpty()) {
        conditional.add(new Rule(action, calls, condition, position, reason, List.of()));
      }
      return;
    }
    List<CallName> undecided =
        calls.stream().distinct().filter(call -> !decided.containsKey(call)).toList();
    undecided.forEach(call -> decided.put(call, action));
    if (!undecided.isEmpty()) {
      unconditional.add(new Rule(action, undecided, condition, position, reason, List.of()));
    }
  }

  /** Unconditional rules first; calls that they decide are removed from the conditional ones. */
  public List<Rule> rules() {
    List<Rule> rules = new ArrayList<>(unconditional);
    for (Rule rule : conditional) {
      List<CallName> left =
          rule.calls().stream().distinct().filter(call -> !decided.containsKey(call)).toList();
      if (!left.isEmpty()) {
        rules.add(rule.withCalls(left));
      }
    }
    return rules;
  }
}

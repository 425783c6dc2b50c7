package dev.hardwire.policy.text;

import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import dev.hardwire.text.NearestName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Splits a rule that lists {@link Intents} into rules, since intents have conditions. */
final class IntentRules {
  private IntentRules() {}

  static boolean isIn(List<CallName> calls) {
    for (CallName call : calls) {
      if (call.isGroup() && Intents.isOne(call.target())) {
        return true;
      }
    }
    return false;
  }

  /** Whether a call is in a rule because an intent stands for it. */
  static boolean isMember(CallName call) {
    return Intents.isOne(call.group());
  }

  /** The rule for the calls that are listed themselves, and those of each intent. */
  static List<Rule> of(
      Action action,
      List<CallName> calls,
      Optional<Condition> condition,
      Position position,
      Optional<String> reason,
      List<String> on) {
    List<CallName> own = new ArrayList<>();
    List<CallName> exclusions = new ArrayList<>();
    List<CallName> intents = new ArrayList<>();
    for (CallName call : calls) {
      boolean isIntent = call.isGroup() && Intents.isOne(call.target());
      if (isIntent) {
        check(call, condition);
        intents.add(call);
      } else {
        (call.isExclusion() ? exclusions : own).add(call);
      }
    }
    List<Rule> rules = new ArrayList<>();
    if (!own.isEmpty()) {
      own.addAll(exclusions);
      rules.add(new Rule(action, own, condition, position, reason, on));
    }
    for (CallName intent : intents) {
      for (Rule rule : Intents.rules(intent.target())) {
        List<CallName> members = members(rule, intent, exclusions);
        if (!members.isEmpty()) {
          members.addAll(exclusions);
          List<String> where = on;
          if (!rule.architectures().isEmpty()) {
            where = new ArrayList<>(rule.architectures());
            where.removeIf(one -> !on.isEmpty() && !on.contains(one));
          }
          if (rule.architectures().isEmpty() || !where.isEmpty()) {
            rules.add(new Rule(action, members, rule.condition(), position, rule.reason(), where));
          }
        }
      }
    }
    return rules;
  }

  /** The calls of an intent's rule, without those that are excluded by name. */
  private static List<CallName> members(Rule rule, CallName intent, List<CallName> exclusions) {
    List<CallName> members = new ArrayList<>();
    for (CallName call : rule.calls()) {
      if (exclusions.stream().noneMatch(out -> out.target().equals(call.name()))) {
        members.add(new CallName(call.name(), call.position(), intent.target()));
      }
    }
    return members;
  }

  private static void check(CallName call, Optional<Condition> condition) {
    if (!Intents.isKnown(call.target())) {
      List<String> known = Intents.names();
      throw new PolicyException(
          call.position(),
          "unknown intent \"%s\"%s (known: %s)"
              .formatted(
                  call.target(), NearestName.hint(call.target(), known), String.join(", ", known)));
    }
    if (call.isExclusion()) {
      throw new PolicyException(
          call.position(),
          "\"" + call.target() + "\" has conditions and cannot be excluded; exclude its calls");
    }
    if (condition.isPresent()) {
      throw new PolicyException(
          condition.get().position(),
          "\"" + call.target() + "\" has conditions of its own; give it a rule without \"when\"");
    }
  }
}

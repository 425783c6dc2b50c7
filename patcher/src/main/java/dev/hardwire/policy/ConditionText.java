package dev.hardwire.policy;

import java.util.List;
import java.util.stream.Collectors;

/** Writes conditions in canonical form. */
final class ConditionText {
  private ConditionText() {}

  static String write(Condition condition) {
    if (condition instanceof Condition.Any any) {
      return joined(any.parts(), " || ");
    }
    if (condition instanceof Condition.All all) {
      return joined(all.parts(), " && ");
    }
    if (condition instanceof Condition.Not not) {
      return "!(" + write(not.part()) + ")";
    }
    if (condition instanceof Condition.Member member) {
      return member.constants().stream()
          .map(Object::toString)
          .collect(Collectors.joining(", ", member.operand() + " in [", "]"));
    }
    Condition.Compare compare = (Condition.Compare) condition;
    return compare.operand() + " " + compare.comparison() + " " + compare.constant();
  }

  private static String joined(List<Condition> parts, String operator) {
    return parts.stream().map(ConditionText::part).collect(Collectors.joining(operator));
  }

  private static String part(Condition condition) {
    boolean compound = condition instanceof Condition.Any || condition instanceof Condition.All;
    return compound ? "(" + write(condition) + ")" : write(condition);
  }
}

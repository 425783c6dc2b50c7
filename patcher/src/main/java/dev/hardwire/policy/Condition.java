package dev.hardwire.policy;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The condition of a rule: comparisons of one argument with constants, combined by and, or and not.
 *
 * <p>Names are as the author wrote them; the compiler resolves them, since their meaning depends on
 * the call and the architecture. Equality ignores positions.
 */
public sealed interface Condition
    permits Condition.All, Condition.Any, Condition.Not, Condition.Compare, Condition.Member {
  /**
   * Reads a condition as policies have them after {@code when:}, such as {@code "op == PR_SET_NAME
   * || op == 38"}.
   *
   * @param text the condition
   * @return the condition; its names are resolved when the policy is compiled
   * @throws PolicyException if it is not one; the column counts characters from 1
   */
  static Condition parse(String text) {
    return ConditionParser.parse(text, at -> new Position("condition", 1, at + 1));
  }

  /**
   * Conditions that must all hold, as one.
   *
   * @param parts any number
   * @return empty without parts
   */
  static Optional<Condition> all(List<Condition> parts) {
    return parts.size() > 1 ? Optional.of(new All(parts)) : parts.stream().findFirst();
  }

  /**
   * The position at which the condition begins.
   *
   * @return the position
   */
  Position position();

  /**
   * All parts are true.
   *
   * @param parts two or more
   */
  record All(List<Condition> parts) implements Condition {
    /**
     * Checks the components.
     *
     * @param parts see the record
     */
    public All {
      parts = List.copyOf(parts);
    }

    @Override
    public Position position() {
      return parts.get(0).position();
    }

    @Override
    public String toString() {
      return joined(parts, " && ");
    }
  }

  /**
   * At least one part is true.
   *
   * @param parts two or more
   */
  record Any(List<Condition> parts) implements Condition {
    /**
     * Checks the components.
     *
     * @param parts see the record
     */
    public Any {
      parts = List.copyOf(parts);
    }

    @Override
    public Position position() {
      return parts.get(0).position();
    }

    @Override
    public String toString() {
      return joined(parts, " || ");
    }
  }

  /**
   * The negation of a condition.
   *
   * @param part what must not be true
   */
  record Not(Condition part) implements Condition {
    @Override
    public Position position() {
      return part.position();
    }

    @Override
    public String toString() {
      return "!(" + part + ")";
    }
  }

  /**
   * An argument compared with one constant.
   *
   * @param operand the argument
   * @param comparison how the two are compared
   * @param constant what it is compared with
   */
  record Compare(Operand operand, Comparison comparison, Constant constant) implements Condition {
    @Override
    public Position position() {
      return operand.position();
    }

    @Override
    public String toString() {
      return operand + " " + comparison + " " + constant;
    }
  }

  /**
   * An argument is one of several constants.
   *
   * @param operand the argument
   * @param constants one or more
   */
  record Member(Operand operand, List<Constant> constants) implements Condition {
    /**
     * Checks the components.
     *
     * @param operand see the record
     * @param constants see the record
     */
    public Member {
      constants = List.copyOf(constants);
    }

    @Override
    public Position position() {
      return operand.position();
    }

    @Override
    public String toString() {
      return constants.stream()
          .map(Constant::toString)
          .collect(Collectors.joining(", ", operand + " in [", "]"));
    }
  }

  private static String joined(List<Condition> parts, String operator) {
    return parts.stream()
        .map(
            part -> part instanceof All || part instanceof Any ? "(" + part + ")" : part.toString())
        .collect(Collectors.joining(operator));
  }
}

package dev.hardwire.formats.kafel;

import dev.hardwire.formats.kafel.KafelTokens.Token;
import dev.hardwire.policy.Comparison;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.ConditionParser;
import dev.hardwire.policy.Operand;
import dev.hardwire.policy.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Reads the expression of a kafel rule.
 *
 * <p>Its words are put into this project's language, which has the same operators: a comma is
 * {@code ||} that binds least, names that the policy defines are numbers, and declared arguments
 * are those of their registers.
 */
final class KafelExpression {
  private final KafelTokens tokens;
  private final Map<String, String> constants;
  private final List<String> arguments;
  private final StringBuilder text = new StringBuilder();

  /** The position of each character of the text. */
  private final List<Position> positions = new ArrayList<>();

  KafelExpression(KafelTokens tokens, Map<String, String> constants, List<String> arguments) {
    this.tokens = tokens;
    this.constants = constants;
    this.arguments = arguments;
  }

  /** The expression up to the brace that ends it. */
  Condition read() {
    alternatives();
    Position end = tokens.peek().position();
    return unsigned(
        ConditionParser.parse(
            text.toString(), at -> at < positions.size() ? positions.get(at) : end));
  }

  /** Expressions joined by commas, each in parentheses. */
  private void alternatives() {
    add("(", tokens.peek().position());
    int depth = 0;
    while (!tokens.isAtEnd() && !tokens.peek().is("}")) {
      Token token = tokens.take();
      if (token.is(",") && depth == 0) {
        add(") || (", token.position());
        continue;
      }
      if (token.is("(")) {
        depth++;
      } else if (token.is(")")) {
        depth--;
      }
      add(token.is(",") ? "||" : word(token), token.position());
    }
    add(")", tokens.peek().position());
  }

  private String word(Token token) {
    int argument = arguments.indexOf(token.text());
    return argument >= 0 ? "arg" + argument : constants.getOrDefault(token.text(), token.text());
  }

  private void add(String word, Position position) {
    text.append(word).append(' ');
    for (int i = 0; i <= word.length(); i++) {
      positions.add(position);
    }
  }

  /** kafel compares without a sign. */
  private static Condition unsigned(Condition condition) {
    if (condition instanceof Condition.All all) {
      return new Condition.All(all.parts().stream().map(KafelExpression::unsigned).toList());
    } else if (condition instanceof Condition.Any any) {
      return new Condition.Any(any.parts().stream().map(KafelExpression::unsigned).toList());
    } else if (condition instanceof Condition.Not not) {
      return new Condition.Not(unsigned(not.part()));
    } else if (condition instanceof Condition.Compare compare) {
      boolean ordered =
          compare.comparison() != Comparison.EQUAL && compare.comparison() != Comparison.NOT_EQUAL;
      boolean changes = ordered && compare.operand().mask().isEmpty();
      return changes
          ? new Condition.Compare(
              compare.operand().withView(Operand.View.UNSIGNED),
              compare.comparison(),
              compare.constant())
          : compare;
    }
    return condition;
  }
}

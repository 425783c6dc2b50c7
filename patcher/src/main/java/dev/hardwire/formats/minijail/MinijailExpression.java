package dev.hardwire.formats.minijail;

import dev.hardwire.formats.minijail.MinijailTokens.Token;
import dev.hardwire.policy.Comparison;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.ConditionParser;
import dev.hardwire.policy.Constant;
import dev.hardwire.policy.Operand;
import dev.hardwire.policy.text.LogicalLines;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Reads the expressions of minijail: clauses joined by {@code ||}, of atoms joined by {@code &&}.
 */
final class MinijailExpression {
  private final MinijailTokens tokens;

  MinijailExpression(MinijailTokens tokens) {
    this.tokens = tokens;
  }

  Condition read() {
    List<Condition> any = new ArrayList<>();
    do {
      List<Condition> all = new ArrayList<>();
      do {
        all.add(atom());
      } while (tokens.accept("&&"));
      any.add(all.size() == 1 ? all.get(0) : new Condition.All(all));
    } while (tokens.accept("||"));
    return any.size() == 1 ? any.get(0) : new Condition.Any(any);
  }

  private Condition atom() {
    Token argument = tokens.take();
    if (!argument.text().matches("arg[0-5]")) {
      throw tokens.error(
          argument, "expected an argument, arg0 to arg5" + MinijailTokens.insteadOf(argument));
    }
    Token operator = tokens.take();
    Optional<Comparison> comparison =
        Arrays.stream(Comparison.values()).filter(c -> operator.is(c.toString())).findFirst();
    if (comparison.isEmpty() && !operator.is("&") && !operator.is("in")) {
      throw tokens.error(
          operator, "expected ==, !=, <, <=, >, >=, & or in" + MinijailTokens.insteadOf(operator));
    }
    Constant value = value();
    Operand operand =
        new Operand(
            argument.text(),
            Optional.empty(),
            Optional.empty(),
            tokens.since(argument).position(0));
    return comparison.isPresent()
        ? compare(operand, comparison.get(), value)
        : bits(operand, operator.is("in"), value);
  }

  private static Condition bits(Operand operand, boolean none, Constant value) {
    return new Condition.Compare(
        operand.withMask(none ? new Constant.Complement(value) : value),
        none ? Comparison.EQUAL : Comparison.NOT_EQUAL,
        Constant.Literal.of(0));
  }

  private static Condition compare(Operand operand, Comparison comparison, Constant value) {
    boolean ordered = comparison != Comparison.EQUAL && comparison != Comparison.NOT_EQUAL;
    return new Condition.Compare(
        ordered ? operand.withView(Operand.View.UNSIGNED) : operand, comparison, value);
  }

  private Constant value() {
    Token first = tokens.peek();
    parts();
    LogicalLines.Line text = tokens.since(first);
    return ConditionParser.parseConstant(text.text(), text.positions());
  }

  /** Constants joined by {@code |}. */
  private void parts() {
    do {
      if (tokens.accept("~") && tokens.peek().is("~")) {
        throw tokens.error("a complement of a complement is not allowed");
      }
      if (tokens.accept("(")) {
        parts();
        tokens.expect(")");
      } else if (tokens.peek().isWord()) {
        tokens.take();
      } else {
        throw tokens.error("expected a constant" + MinijailTokens.insteadOf(tokens.peek()));
      }
    } while (tokens.accept("|"));
  }
}

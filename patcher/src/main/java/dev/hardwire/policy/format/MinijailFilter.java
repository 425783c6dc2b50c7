package dev.hardwire.policy.format;

import dev.hardwire.policy.Action;
import dev.hardwire.policy.Comparison;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.ConditionParser;
import dev.hardwire.policy.Constant;
import dev.hardwire.policy.Operand;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What stands behind the colon of a minijail statement.
 *
 * @param action what the call gets, where the condition holds
 * @param condition empty if there is none
 * @param otherwise what the call gets where the condition does not hold; empty for a kill
 */
record MinijailFilter(Action action, Optional<Condition> condition, Optional<Action> otherwise) {
  private static final Pattern ATOM =
      Pattern.compile("(?<argument>arg[0-5])\\s*(?<op>==|!=|<=|>=|<|>|&|in\\b)\\s*(?<value>.+)");

  static MinijailFilter parse(LogicalLines.Line line) {
    String text = line.text();
    if (text.isEmpty()) {
      throw new PolicyException(line.position(0), "expected an expression or an action");
    }
    if (text.startsWith("{")) {
      throw new PolicyException(
          line.position(0), "lists of filters in braces are not supported; write one expression");
    }
    if (!text.startsWith("arg")) {
      return new MinijailFilter(action(line), Optional.empty(), Optional.empty());
    }
    int semicolon = text.indexOf(';');
    String expression = semicolon < 0 ? text : text.substring(0, semicolon);
    Optional<Action> otherwise =
        semicolon < 0 ? Optional.empty() : Optional.of(returned(line.from(semicolon + 1)));
    return new MinijailFilter(Action.ALLOW, Optional.of(condition(expression, line)), otherwise);
  }

  /** {@code @default}: an action that does not let calls through. */
  static Action defaultAction(LogicalLines.Line line) {
    Action action = action(line);
    if (action.equals(Action.ALLOW)) {
      throw new PolicyException(line.position(0), "@default cannot be allow");
    }
    return action;
  }

  private static Action action(LogicalLines.Line line) {
    return switch (line.text()) {
      case "1", "allow" -> Action.ALLOW;
      case "log" -> Action.LOG;
      case "trap" -> Action.TRAP;
      case "kill", "kill-process" -> Action.KILL_PROCESS;
      case "kill-thread" -> Action.KILL_THREAD;
      case "trace", "user-notify" ->
          throw new PolicyException(
              line.position(0), "\"" + line.text() + "\" needs another process that answers");
      default -> returned(line);
    };
  }

  private static Action returned(LogicalLines.Line line) {
    Matcher matcher = Pattern.compile("return\\s+(?<errno>\\S+)").matcher(line.text());
    if (!matcher.matches()) {
      throw new PolicyException(
          line.position(0),
          "expected an action (allow, log, trap, kill-thread, kill-process, return ERRNO), not \""
              + line.text()
              + "\"");
    }
    try {
      return Action.errno(matcher.group("errno"));
    } catch (IllegalArgumentException e) {
      throw new PolicyException(line.position(matcher.start("errno")), e.getMessage());
    }
  }

  private static Condition condition(String expression, LogicalLines.Line line) {
    List<Condition> any = new ArrayList<>();
    int at = 0;
    for (String clause : expression.split("\\|\\|", -1)) {
      List<Condition> all = new ArrayList<>();
      int inside = at;
      for (String atom : clause.split("&&", -1)) {
        all.add(atom(atom, line, inside));
        inside += atom.length() + 2;
      }
      any.add(all.size() == 1 ? all.get(0) : new Condition.All(all));
      at += clause.length() + 2;
    }
    return any.size() == 1 ? any.get(0) : new Condition.Any(any);
  }

  private static Condition atom(String text, LogicalLines.Line line, int at) {
    int start = at + text.indexOf(text.strip());
    Matcher matcher = ATOM.matcher(text.strip());
    if (!matcher.matches()) {
      throw new PolicyException(
          line.position(start), "expected \"argN OPERATOR VALUE\", not \"" + text.strip() + "\"");
    }
    int valueStart = start + matcher.start("value");
    Position position = line.position(start);
    Operand argument =
        new Operand(matcher.group("argument"), Optional.empty(), Optional.empty(), position);
    Constant value =
        ConditionParser.parseConstant(matcher.group("value"), i -> line.position(valueStart + i));
    return switch (matcher.group("op")) {
      case "&" ->
          new Condition.Compare(
              argument.withMask(value), Comparison.NOT_EQUAL, Constant.Literal.of(0));
      case "in" ->
          new Condition.Compare(
              argument.withMask(new Constant.Complement(value)),
              Comparison.EQUAL,
              Constant.Literal.of(0));
      default -> compare(argument, matcher.group("op"), value);
    };
  }

  private static Condition compare(Operand argument, String operator, Constant value) {
    Comparison comparison =
        List.of(Comparison.values()).stream()
            .filter(c -> c.toString().equals(operator))
            .findFirst()
            .orElseThrow();
    boolean ordered = comparison != Comparison.EQUAL && comparison != Comparison.NOT_EQUAL;
    return new Condition.Compare(
        ordered ? argument.withView(Operand.View.UNSIGNED) : argument, comparison, value);
  }
}

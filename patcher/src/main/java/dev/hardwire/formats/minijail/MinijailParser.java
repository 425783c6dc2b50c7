package dev.hardwire.formats.minijail;

import dev.hardwire.arch.Target;
import dev.hardwire.formats.KnownArchitectures;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.formats.RuleCollector;
import dev.hardwire.formats.minijail.MinijailTokens.Token;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Comparison;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.ConditionParser;
import dev.hardwire.policy.Constant;
import dev.hardwire.policy.Operand;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.text.LogicalLines;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads one statement of a minijail policy: {@code {CALL, CALL[arch=A]}: {FILTER, FILTER}}. */
final class MinijailParser {
  /** How minijail names the calls that only arm has, such as {@code ARM_set_tls}. */
  private static final Pattern PRIVATE = Pattern.compile("^ARM_([a-z0-9_]+)$");

  /**
   * A statement.
   *
   * @param calls that the architecture has, or may have; empty if it is for other architectures
   * @param filters of which the first that matches decides
   * @param isExtended whether only {@code compile_seccomp_policy.py} reads such a statement, and
   *     not minijail0
   */
  record Statement(
      List<CallName> calls, List<Filter> filters, boolean isExtended, Position position) {}

  /**
   * One of the filters behind the colon of a statement.
   *
   * @param condition on the arguments; empty if there is none
   * @param action behind the condition, or alone; empty if there is a condition and nothing else
   * @param position where the filter begins
   */
  record Filter(Optional<Condition> condition, Optional<Action> action, Position position) {}

  private final LogicalLines.Line line;
  private final MinijailTokens tokens;
  private final RuleCollector names;
  private final ReadOptions options;
  private boolean isExtended;

  MinijailParser(LogicalLines.Line line, RuleCollector names, ReadOptions options) {
    this.line = line;
    this.tokens = new MinijailTokens(line);
    this.names = names;
    this.options = options;
  }

  Statement statement() {
    List<CallName> calls = new ArrayList<>();
    if (tokens.accept("{")) {
      isExtended = true;
      do {
        call().ifPresent(calls::add);
      } while (tokens.accept(","));
      tokens.expect("}");
    } else {
      call().ifPresent(calls::add);
    }
    tokens.expect(":");
    List<Filter> filters = new ArrayList<>();
    if (tokens.accept("{")) {
      isExtended = true;
      do {
        filters.add(filter());
      } while (tokens.accept(","));
      tokens.expect("}");
    } else {
      filters.add(filter());
    }
    end();
    return new Statement(calls.stream().distinct().toList(), filters, isExtended, line.position(0));
  }

  /** {@code @default}: an action that does not let calls through. */
  Action defaultAction() {
    Token word = tokens.peek();
    if (!List.of("kill", "kill-process", "kill-thread", "trap").contains(word.text())
        && !word.is("user-notify")) {
      throw tokens.error(
          "@default must be kill, kill-process, kill-thread or trap"
              + MinijailTokens.insteadOf(word));
    }
    Action action = action();
    end();
    return action;
  }

  private void end() {
    if (!tokens.isAtEnd()) {
      throw tokens.error("expected the end of the line" + MinijailTokens.insteadOf(tokens.peek()));
    }
  }

  private Optional<CallName> call() {
    Token name = tokens.peek();
    if (!name.isWord()) {
      throw tokens.error("expected a system call" + MinijailTokens.insteadOf(name));
    }
    tokens.take();
    boolean here = true;
    if (tokens.accept("[")) {
      isExtended = true;
      do {
        here &= isFor();
      } while (tokens.accept(";"));
      tokens.expect("]");
    }
    if (name.text().contains("@")) {
      throw tokens.error(
          name,
          "\""
              + name.text()
              + "\" is a group of minijail's constants.json, which is made for each system; name"
              + " the calls");
    }
    String call = PRIVATE.matcher(name.text()).replaceFirst("$1");
    return here && names.isCall(call, line.position(name.start()))
        ? Optional.of(new CallName(call, line.position(name.start())))
        : Optional.empty();
  }

  /** {@code KEY=VALUE,VALUE}: whether the architecture is among the values of {@code arch}. */
  private boolean isFor() {
    Token key = tokens.take();
    tokens.expect("=");
    List<String> values = new ArrayList<>();
    do {
      if (!tokens.peek().isWord()) {
        throw tokens.error("expected a word" + MinijailTokens.insteadOf(tokens.peek()));
      }
      Token value = tokens.take();
      if (key.is("arch") && !KnownArchitectures.isKnown(value.text())) {
        throw tokens.error(value, "unknown architecture \"" + value.text() + "\"");
      }
      values.add(value.text());
    } while (tokens.accept(","));
    if (!key.is("arch")) {
      names.warn(line.position(key.start()), "minijail gives \"" + key.text() + "\" no meaning");
      return true;
    }
    Target here = options.architecture();
    return values.contains(here.id())
        || values.contains(here.goName())
        || values.contains(here.systemdName());
  }

  private Filter filter() {
    Token first = tokens.peek();
    if (first.text().startsWith("arg")) {
      Condition condition = expression();
      Optional<Action> action = tokens.accept(";") ? Optional.of(action()) : Optional.empty();
      return new Filter(Optional.of(condition), action, line.position(first.start()));
    }
    return new Filter(Optional.empty(), Optional.of(action()), line.position(first.start()));
  }

  private Action action() {
    Token word = tokens.take();
    if (!word.is("1") && !word.is("return")) {
      isExtended = true;
    }
    return switch (word.text()) {
      case "1", "allow" -> Action.ALLOW;
      case "log" -> Action.LOG;
      case "trap" -> Action.TRAP;
      case "kill", "kill-process" -> Action.KILL_PROCESS;
      case "kill-thread" -> Action.KILL_THREAD;
      case "return" -> errno();
      case "trace", "user-notify" ->
          throw tokens.error(word, "\"" + word.text() + "\" needs another process that answers");
      default ->
          throw tokens.error(
              word,
              "expected an expression (argN OPERATOR VALUE) or an action (allow, log, trap,"
                  + " kill-thread, kill-process, return ERRNO)"
                  + MinijailTokens.insteadOf(word));
    };
  }

  private Action errno() {
    Token number = tokens.take();
    try {
      boolean based = number.text().matches("0([0-7]{1,5}|[xX][0-9a-fA-F]{1,4})");
      return Action.errno(based ? Integer.toString(Integer.decode(number.text())) : number.text());
    } catch (IllegalArgumentException e) {
      throw tokens.error(number, e.getMessage());
    }
  }

  /** Clauses joined by {@code ||}, of atoms joined by {@code &&}. */
  private Condition expression() {
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

package dev.hardwire.filter.prove;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The value of a condition for one call, read from its text each time. */
final class ConditionValue {
  private static final Pattern TOKEN =
      Pattern.compile("\\s*(\\|\\||&&|[=!<>]=|[-()\\[\\],&|!~<>]|[A-Za-z0-9_]+)");

  /** How an argument is read, and with which mask. */
  private record Side(int index, int bits, boolean signed, long mask) {}

  private static final Map<String, List<String>> TOKENS = new ConcurrentHashMap<>();

  private final List<String> tokens;
  private final CallFacts facts;
  private final String namedCall;
  private final String typedCall;
  private final List<Integer> moved;
  private final Function<String, List<String>> constants;
  private Function<Integer, Optional<Long>> registers;
  private int next;
  private boolean unseen;

  ConditionValue(
      String text, CallFacts facts, String call, Function<String, List<String>> constants) {
    this(text, facts, call, call, List.of(0, 1, 2, 3, 4, 5), constants);
  }

  /** A condition on the arguments of a call of x86-64 that another call of a machine replaces. */
  ConditionValue(
      String text,
      CallFacts facts,
      CallFacts.Variant variant,
      Function<String, List<String>> constants) {
    this(text, facts, variant.call(), variant.name(), variant.arguments(), constants);
  }

  private ConditionValue(
      String text,
      CallFacts facts,
      String namedCall,
      String typedCall,
      List<Integer> moved,
      Function<String, List<String>> constants) {
    this.facts = facts;
    this.namedCall = namedCall;
    this.typedCall = typedCall;
    this.moved = moved;
    this.constants = constants;
    this.tokens = TOKENS.computeIfAbsent(text, ConditionValue::tokens);
  }

  private static List<String> tokens(String text) {
    List<String> tokens = new ArrayList<>();
    Matcher matcher = TOKEN.matcher(text);
    int end = 0;
    while (matcher.find()) {
      tokens.add(matcher.group(1));
      end = matcher.end();
    }
    if (!text.substring(end).isBlank()) {
      throw new IllegalArgumentException(text);
    }
    tokens.add("");
    return tokens;
  }

  /** Whether it holds; empty if it is about an argument that cannot be seen. */
  Optional<Boolean> of(Function<Integer, Optional<Long>> arguments) {
    registers = arguments;
    next = 0;
    unseen = false;
    boolean result = any();
    if (next != tokens.size() - 1) {
      throw new IllegalArgumentException(tokens + " at " + next);
    }
    return unseen ? Optional.empty() : Optional.of(result);
  }

  private boolean accept(String token) {
    boolean found = tokens.get(next).equals(token);
    next += found ? 1 : 0;
    return found;
  }

  private void expect(String token) {
    if (!accept(token)) {
      throw new IllegalArgumentException(tokens + " at " + next + ", expected " + token);
    }
  }

  private boolean any() {
    boolean result = all();
    while (accept("||")) {
      result |= all();
    }
    return result;
  }

  private boolean all() {
    boolean result = one();
    while (accept("&&")) {
      result &= one();
    }
    return result;
  }

  private boolean one() {
    if (accept("!")) {
      return !one();
    }
    if (tokens.get(next).equals("(") && !isMasked()) {
      next++;
      boolean result = any();
      expect(")");
      return result;
    }
    Side side = side();
    String operator = tokens.get(next);
    if (accept("in")) {
      boolean result = false;
      for (long constant : list()) {
        result |= compare(side, "==", constant);
      }
      return result;
    }
    if (List.of("==", "!=", "<", "<=", ">", ">=").contains(operator)) {
      next++;
      return compare(side, operator, constant());
    }
    return compare(side, "!=", 0);
  }

  /** Whether the parenthesis at hand is around an argument with a mask. */
  private boolean isMasked() {
    int at = next + 1;
    if (tokens.get(at + 1).equals("(")) {
      at += 3; // a view
    }
    return tokens.get(at + 1).equals("&");
  }

  private Side side() {
    boolean inner = accept("(");
    Side side = argument();
    if (accept("&")) {
      long all = ones(side.bits);
      side = new Side(side.index, side.bits, false, constant() & all);
    }
    if (inner) {
      expect(")");
    }
    return side;
  }

  private Side argument() {
    String word = tokens.get(next++);
    if (tokens.get(next).equals("(")) {
      next++;
      Side side = argument();
      expect(")");
      if (word.equals("unsigned")) {
        return new Side(side.index, side.bits, false, side.mask);
      }
      int bits = Math.min(facts.wordBits(), Integer.parseInt(word.substring(1)));
      return new Side(side.index, bits, word.charAt(0) == 'i', ones(bits));
    }
    int index = word.matches("arg[0-5]") ? word.charAt(3) - '0' : facts.index(namedCall, word);
    int to = index < moved.size() ? moved.get(index) : -1;
    String type = to < 0 ? "u64" : facts.type(typedCall, to);
    int bits = Math.min(facts.wordBits(), Integer.parseInt(type.substring(1)));
    return new Side(index, bits, type.charAt(0) == 'i', ones(bits));
  }

  private static long ones(int bits) {
    return bits == 64 ? -1 : (1L << bits) - 1;
  }

  private List<Long> list() {
    List<Long> values = new ArrayList<>();
    if (!accept("[")) {
      values.addAll(values(tokens.get(next++)));
      return values;
    }
    do {
      if (constants.apply(tokens.get(next)).size() > 1) {
        values.addAll(values(tokens.get(next++)));
      } else {
        values.add(constant());
      }
    } while (accept(","));
    expect("]");
    return values;
  }

  private long constant() {
    long value = 0;
    do {
      value |= unit();
    } while (accept("|"));
    return value;
  }

  private long unit() {
    if (accept("~")) {
      return ~unit();
    } else if (accept("-")) {
      return -unit();
    } else if (accept("(")) {
      long value = constant();
      expect(")");
      return value;
    }
    List<Long> values = values(tokens.get(next++));
    if (values.size() != 1) {
      throw new IllegalArgumentException(tokens + ": a list");
    }
    return values.get(0);
  }

  private List<Long> values(String word) {
    if (Character.isDigit(word.charAt(0))) {
      return List.of(
          word.startsWith("0x")
              ? Long.parseUnsignedLong(word.substring(2), 16)
              : Long.parseUnsignedLong(word));
    }
    List<String> own = constants.apply(word);
    if (own.isEmpty()) {
      return List.of(facts.constant(word));
    }
    List<Long> values = new ArrayList<>();
    for (String text : own) {
      ConditionValue part = new ConditionValue(text, facts, namedCall, typedCall, moved, constants);
      values.addAll(text.matches("[A-Z]\\w*") ? part.values(text) : List.of(part.constant()));
    }
    return values;
  }

  private boolean compare(Side side, String operator, long constant) {
    int bits = side.bits;
    boolean fits =
        bits == 64 || constant >>> bits == 0 || constant >> (bits - 1) == -1; // either extension
    if (!fits) {
      return operator.equals("!=") || operator.startsWith("<"); // no argument is as large
    }
    Optional<Long> register = registers.apply(side.index);
    unseen |= register.isEmpty();
    long value = register.orElse(0L) & side.mask;
    long wanted = constant & ones(bits);
    if (operator.equals("==") || operator.equals("!=")) {
      return (value == wanted) == operator.equals("==");
    }
    int order =
        side.signed
            ? Long.compare(value << (64 - bits), wanted << (64 - bits))
            : Long.compareUnsigned(value, wanted);
    return switch (operator) {
      case "<" -> order < 0;
      case "<=" -> order <= 0;
      case ">" -> order > 0;
      default -> order >= 0;
    };
  }
}

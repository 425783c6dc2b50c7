package dev.hardwire.policy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads conditions.
 *
 * <pre>
 * condition  = all { "||" all }
 * all        = not { "&amp;&amp;" not }
 * not        = "!" negated | "(" condition ")" | comparison
 * negated    = "!" negated | "(" condition ")" | unit
 * comparison = side [ ( "==" | "!=" | "&lt;" | "&lt;=" | "&gt;" | "&gt;=" ) side | "in" ( "[" constant { "," constant } "]" | name ) ]
 * side       = bits { "|" bits }
 * bits       = unit { "&amp;" unit }
 * unit       = number | "-" number | name | view "(" name ")" | "~" unit | "(" side ")"
 * </pre>
 *
 * <p>An argument alone means "is not zero"; in a comparison, one with a mask needs parentheses.
 */
public final class ConditionParser {
  /** Deepest nesting of parentheses and signs. */
  private static final int DEPTH = 64;

  private static final List<String> COMPARING = List.of("==", "!=", "<", "<=", ">", ">=", "in");
  private static final List<String> JOINING = List.of("&&", "||", "!");

  private static final Pattern TOKEN =
      Pattern.compile(
          "(?<name>[A-Za-z_][A-Za-z0-9_]*)"
              + "|(?<number>[0-9][A-Za-z0-9_]*)"
              + "|(?<sign>==|!=|<=|>=|&&|\\|\\||[<>!&|~(),\\[\\]-])");

  private final List<Token> tokens;
  private int next;
  private int depth;

  private ConditionParser(List<Token> tokens) {
    this.tokens = tokens;
  }

  /**
   * Reads a condition.
   *
   * @param text the condition
   * @param positions the place of a character of {@code text}, counted from 0
   * @return the condition, as it was read
   * @throws PolicyException if it is not one
   */
  public static Condition parse(String text, IntFunction<Position> positions) {
    ConditionParser parser = new ConditionParser(tokens(text, positions));
    Condition condition = parser.any();
    parser.expect(Kind.END, "");
    return condition;
  }

  /**
   * Reads a constant.
   *
   * @param text the constant
   * @param positions the place of a character of {@code text}, counted from 0
   * @return the constant, as it was read
   * @throws PolicyException if it is not one
   */
  public static Constant parseConstant(String text, IntFunction<Position> positions) {
    ConditionParser parser = new ConditionParser(tokens(text, positions));
    Term side = parser.side();
    parser.expect(Kind.END, "");
    if (!side.isConstant()) {
      throw new PolicyException(side.position(), "expected a constant");
    }
    return side.constant();
  }

  private Token peek() {
    return tokens.get(next);
  }

  private Token take() {
    return tokens.get(next++);
  }

  private boolean accept(String sign) {
    boolean found = peek().is(sign) && peek().kind() != Kind.END;
    next += found ? 1 : 0;
    return found;
  }

  private void expect(Kind kind, String text) {
    if (peek().kind() != kind || !peek().text().equals(text)) {
      throw unexpected(text.isEmpty() ? "an operator" : "\"" + text + "\"");
    }
    next += kind == Kind.END ? 0 : 1;
  }

  private PolicyException unexpected(String wanted) {
    String found = peek().kind() == Kind.END ? "the end" : "\"" + peek().text() + "\"";
    return new PolicyException(
        peek().position(), "expected " + wanted + " in a condition, not " + found);
  }

  private Condition any() {
    enter();
    List<Condition> parts = new ArrayList<>();
    do {
      parts.add(all());
    } while (accept("||"));
    depth--;
    return parts.size() == 1 ? parts.get(0) : new Condition.Any(parts);
  }

  private Condition all() {
    List<Condition> parts = new ArrayList<>();
    do {
      parts.add(not());
    } while (accept("&&"));
    return parts.size() == 1 ? parts.get(0) : new Condition.All(parts);
  }

  private void enter() {
    if (++depth > DEPTH) {
      throw new PolicyException(
          peek().position(), "a condition nested more than " + DEPTH + " levels deep");
    }
  }

  private Condition not() {
    if (accept("!")) {
      enter();
      Condition part = negated();
      depth--;
      return new Condition.Not(part);
    }
    if (peek().is("(") && isCondition()) {
      take();
      Condition inner = any();
      expect(Kind.SIGN, ")");
      return inner;
    }
    return comparison();
  }

  /** What stands after "!": in C, it binds more than a comparison does. */
  private Condition negated() {
    if (peek().is("!") || (peek().is("(") && isCondition())) {
      return not();
    }
    Operand operand = unit().operand("a condition");
    if (COMPARING.contains(peek().text()) || peek().is("&") || peek().is("|")) {
      String remedy = "write parentheses around what \"!\" applies to, as in !(fd == 1)";
      throw new PolicyException(peek().position(), remedy);
    }
    return new Condition.Compare(operand, Comparison.NOT_EQUAL, Constant.Literal.of(0));
  }

  /** Whether the parenthesis at this position contains a condition, not a side of a comparison. */
  private boolean isCondition() {
    int open = 0;
    for (int i = next; i < tokens.size(); i++) {
      Token token = tokens.get(i);
      if (token.is("(")) {
        open++;
      } else if (token.is(")") && --open == 0) {
        return false;
      } else if (COMPARING.contains(token.text()) || JOINING.contains(token.text())) {
        return true;
      }
    }
    return false;
  }

  private Condition comparison() {
    Term left = side();
    if (accept("in")) {
      return member(left);
    }
    Optional<Comparison> comparison = comparisonSign();
    if (comparison.isEmpty()) {
      Operand operand = left.operand("a condition");
      return new Condition.Compare(operand, Comparison.NOT_EQUAL, Constant.Literal.of(0));
    }
    Token sign = tokens.get(next - 1);
    Term right = side();
    if (left.isConstant() && !right.isConstant()) {
      return new Condition.Compare(
          right.comparedOperand(), comparison.get().mirrored(), left.constant());
    }
    if (!left.isConstant() && right.isConstant()) {
      return new Condition.Compare(left.comparedOperand(), comparison.get(), right.constant());
    }
    throw new PolicyException(
        sign.position(),
        left.isConstant()
            ? "both sides of \"" + sign.text() + "\" are constants; one must be an argument"
            : "both sides of \""
                + sign.text()
                + "\" are arguments; a filter compares with constants");
  }

  private Optional<Comparison> comparisonSign() {
    for (Comparison comparison : Comparison.values()) {
      if (accept(comparison.toString())) {
        return Optional.of(comparison);
      }
    }
    return Optional.empty();
  }

  private Condition member(Term left) {
    Operand operand = left.comparedOperand();
    if (peek().kind() == Kind.NAME && isSymbol(peek().text())) {
      Token list = take();
      return new Condition.Member(
          operand, List.of(new Constant.Symbol(list.text(), list.position())));
    }
    expect(Kind.SIGN, "[");
    List<Constant> constants = new ArrayList<>();
    do {
      Term item = side();
      if (!item.isConstant()) {
        throw new PolicyException(item.position(), "a list after \"in\" holds constants only");
      }
      constants.add(item.constant());
    } while (accept(","));
    expect(Kind.SIGN, "]");
    return new Condition.Member(operand, constants);
  }

  private Term side() {
    List<Term> parts = new ArrayList<>();
    do {
      parts.add(bits());
    } while (accept("|"));
    return parts.size() == 1 ? parts.get(0) : Term.union(parts);
  }

  private Term bits() {
    Term left = unit();
    while (accept("&")) {
      left = left.and(unit());
    }
    return left;
  }

  private Term unit() {
    enter();
    Term unit = unitInside();
    depth--;
    return unit;
  }

  private Term unitInside() {
    Token token = peek();
    if (accept("(")) {
      Term inner = side();
      expect(Kind.SIGN, ")");
      return inner.inParentheses();
    }
    if (accept("~")) {
      return unit().complement(token.position());
    }
    if (accept("-")) {
      Token digits = take();
      if (digits.kind() != Kind.NUMBER) {
        throw new PolicyException(digits.position(), "expected digits after \"-\"");
      }
      return Term.of(digits(digits, true, token.position()));
    }
    if (token.kind() == Kind.NUMBER) {
      return Term.of(digits(take(), false, token.position()));
    }
    if (token.kind() == Kind.NAME) {
      return name(take());
    }
    throw unexpected("an argument or a constant");
  }

  private Term name(Token token) {
    for (Operand.View view : Operand.View.values()) {
      if (token.text().equals(view.toString()) && accept("(")) {
        Token argument = take();
        if (argument.kind() != Kind.NAME || isSymbol(argument.text())) {
          throw new PolicyException(argument.position(), "expected an argument's name");
        }
        expect(Kind.SIGN, ")");
        return Term.of(
            new Operand(argument.text(), Optional.of(view), Optional.empty(), argument.position()));
      }
    }
    if (isSymbol(token.text())) {
      return Term.of(new Constant.Symbol(token.text(), token.position()));
    }
    return Term.of(new Operand(token.text(), Optional.empty(), Optional.empty(), token.position()));
  }

  /** Constants begin with a capital letter, arguments do not. */
  private static boolean isSymbol(String name) {
    return Character.isUpperCase(name.charAt(0));
  }

  /** A number: decimal, 0x, 0b, 0o, or octal after a 0 as in C, perhaps with {@code _} inside. */
  private static Constant digits(Token token, boolean negative, Position position) {
    String text = token.text().toLowerCase(Locale.ROOT);
    int radix =
        text.startsWith("0x")
            ? 16
            : text.startsWith("0b") ? 2 : text.startsWith("0") && text.length() > 1 ? 8 : 10;
    String digits = text.startsWith("0o") || radix == 16 || radix == 2 ? text.substring(2) : text;
    try {
      BigInteger value = new BigInteger(digits.replaceAll("(?<=.)_(?=.)", ""), radix);
      BigInteger signed = negative ? value.negate() : value;
      boolean fits = negative ? signed.bitLength() < 64 : signed.bitLength() <= 64;
      if (!fits) {
        throw new PolicyException(position, token.text() + " does not fit 64 bits");
      }
      return new Constant.Literal(signed.longValue(), signed.signum() < 0, position);
    } catch (NumberFormatException e) {
      throw new PolicyException(position, "\"" + token.text() + "\" is not a number");
    }
  }

  /**
   * One side of a comparison while it is being read: a constant, or an argument with or without a
   * mask; the other is null.
   */
  private record Term(
      Position position, Constant constant, Operand operand, boolean parenthesized) {
    static Term of(Constant constant) {
      return new Term(constant.position(), constant, null, false);
    }

    static Term of(Operand operand) {
      return new Term(operand.position(), null, operand, false);
    }

    Term inParentheses() {
      return new Term(position, constant, operand, true);
    }

    boolean isConstant() {
      return constant != null;
    }

    /** The argument, or an error that {@code where} needs one. */
    Operand operand(String where) {
      if (operand == null) {
        throw new PolicyException(position, where + " needs an argument, not only constants");
      }
      return operand;
    }

    /** The argument as the side of a comparison. */
    Operand comparedOperand() {
      Operand compared = operand("a comparison");
      if (compared.mask().isPresent() && !parenthesized) {
        throw new PolicyException(position, "write parentheses around the \"&\" of a comparison");
      }
      return compared;
    }

    Term and(Term other) {
      if (isConstant() && other.isConstant()) {
        throw new PolicyException(other.position, "\"&\" needs an argument on one side");
      }
      if (!isConstant() && !other.isConstant()) {
        throw new PolicyException(other.position, "\"&\" needs a constant on one side");
      }
      Operand argument = isConstant() ? other.operand : operand;
      Constant mask = isConstant() ? constant : other.constant;
      if (argument.mask().isPresent()) {
        throw new PolicyException(
            other.position, "one \"&\" for each argument; join the masks by \"|\"");
      }
      return new Term(position, null, argument.withMask(mask), false);
    }

    Term complement(Position at) {
      if (!isConstant()) {
        throw new PolicyException(at, "\"~\" needs a constant, not an argument");
      }
      return new Term(at, new Constant.Complement(constant), null, false);
    }

    static Term union(List<Term> sides) {
      List<Constant> parts = new ArrayList<>();
      for (Term side : sides) {
        if (!side.isConstant()) {
          throw new PolicyException(side.position, "\"|\" joins constants, not arguments");
        }
        if (side.constant instanceof Constant.Union union) {
          parts.addAll(union.parts());
        } else {
          parts.add(side.constant);
        }
      }
      return Term.of(new Constant.Union(parts));
    }
  }

  private enum Kind {
    NAME,
    NUMBER,
    SIGN,
    END
  }

  /**
   * One token.
   *
   * @param text as it was written; empty at the end
   */
  private record Token(Kind kind, String text, Position position) {
    boolean is(String sign) {
      return kind != Kind.NUMBER && text.equals(sign);
    }
  }

  /**
   * The tokens of {@code text}, an {@link Kind#END} last.
   *
   * @param positions the position of a character of {@code text}, counted from 0
   */
  private static List<Token> tokens(String text, IntFunction<Position> positions) {
    List<Token> tokens = new ArrayList<>();
    Matcher matcher = TOKEN.matcher(text);
    int at = 0;
    while (true) {
      while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
        at++;
      }
      if (at == text.length()) {
        tokens.add(new Token(Kind.END, "", positions.apply(at)));
        return tokens;
      }
      if (!matcher.find(at) || matcher.start() != at) {
        throw new PolicyException(
            positions.apply(at),
            "unexpected \"" + Character.toString(text.codePointAt(at)) + "\" in a condition");
      }
      Kind kind =
          matcher.group("name") != null
              ? Kind.NAME
              : matcher.group("number") != null ? Kind.NUMBER : Kind.SIGN;
      tokens.add(new Token(kind, matcher.group(), positions.apply(at)));
      at = matcher.end();
    }
  }
}

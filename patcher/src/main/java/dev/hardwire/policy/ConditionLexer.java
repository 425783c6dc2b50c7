package dev.hardwire.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Splits a condition into tokens: words, numbers and operators. */
final class ConditionLexer {
  enum Kind {
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
  record Token(Kind kind, String text, Position position) {
    boolean is(String sign) {
      return kind != Kind.NUMBER && text.equals(sign);
    }
  }

  private static final Pattern TOKEN =
      Pattern.compile(
          "(?<name>[A-Za-z_][A-Za-z0-9_]*)"
              + "|(?<number>[0-9][A-Za-z0-9_]*)"
              + "|(?<sign>==|!=|<=|>=|&&|\\|\\||[<>!&|~(),\\[\\]-])");

  private ConditionLexer() {}

  /**
   * The tokens of {@code text}, an {@link Kind#END} last.
   *
   * @param positions the position of a character of {@code text}, counted from 0
   */
  static List<Token> tokens(String text, IntFunction<Position> positions) {
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

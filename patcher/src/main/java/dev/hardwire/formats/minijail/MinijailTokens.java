package dev.hardwire.formats.minijail;

import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.text.LogicalLines;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The words and signs of a minijail statement, read one after the other. */
final class MinijailTokens {
  private static final Pattern TOKEN =
      Pattern.compile("\\|\\||&&|==|!=|<=|>=|[<>&|~=:;,(){}\\[\\]]|[^\\s<>&|~=!:;,(){}\\[\\]]+");

  /**
   * A word or a sign.
   *
   * @param start index in the line
   */
  record Token(String text, int start) {
    boolean is(String sign) {
      return text.equals(sign);
    }

    boolean isWord() {
      return !text.isEmpty() && (Character.isLetterOrDigit(text.charAt(0)) || isSigned());
    }

    private boolean isSigned() {
      return text.charAt(0) == '_' || text.charAt(0) == '-';
    }

    int end() {
      return start + text.length();
    }
  }

  private final LogicalLines.Line line;
  private final List<Token> tokens = new ArrayList<>();
  private int next;

  MinijailTokens(LogicalLines.Line line) {
    this.line = line;
    Matcher matcher = TOKEN.matcher(line.text());
    int end = 0;
    while (matcher.find()) {
      blank(end, matcher.start());
      tokens.add(new Token(matcher.group(), matcher.start()));
      end = matcher.end();
    }
    blank(end, line.text().length());
    tokens.add(new Token("", line.text().length()));
  }

  private void blank(int from, int to) {
    String between = line.text().substring(from, to);
    if (!between.isBlank()) {
      int at = from + between.indexOf(between.strip());
      throw new PolicyException(
          line.position(at), "\"" + between.strip() + "\" means nothing in a minijail policy");
    }
  }

  /** The next token; one with no text at the end. */
  Token peek() {
    return tokens.get(next);
  }

  Token take() {
    return isAtEnd() ? peek() : tokens.get(next++);
  }

  boolean isAtEnd() {
    return next == tokens.size() - 1;
  }

  /** Takes the next token if it is {@code sign}. */
  boolean accept(String sign) {
    boolean found = peek().is(sign);
    if (found) {
      take();
    }
    return found;
  }

  /** Takes {@code sign}, or fails. */
  void expect(String sign) {
    if (!accept(sign)) {
      throw error("expected \"" + sign + "\"" + insteadOf(peek()));
    }
  }

  PolicyException error(String expected) {
    return error(peek(), expected);
  }

  PolicyException error(Token token, String message) {
    return new PolicyException(line.position(token.start()), message);
  }

  static String insteadOf(Token token) {
    return token.text().isEmpty() ? ", not the end of the line" : ", not \"" + token.text() + "\"";
  }

  LogicalLines.Line since(Token first) {
    int end = tokens.get(next - 1).end();
    return new LogicalLines.Line(
        line.text().substring(first.start(), end), i -> line.position(first.start() + i));
  }
}

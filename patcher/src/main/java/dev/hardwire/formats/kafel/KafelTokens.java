package dev.hardwire.formats.kafel;

import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.text.SourceText;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The words and signs of a kafel policy, read one after the other. */
final class KafelTokens {
  private static final Pattern TOKEN =
      Pattern.compile(
          "(?<blank>\\s+|//[^\\n]*)|/\\*|#include\\b|#\\s*define\\b|\"[^\"\\n]*\""
              + "|[A-Za-z][A-Za-z0-9_]*|-?[0-9][A-Za-z0-9_]*|==|!=|<=|>=|&&|\\|\\||."
              + "|(?<end>\\z)");

  /**
   * A word or a sign.
   *
   * @param text empty at the end of the file
   */
  record Token(String text, Position position) {
    boolean is(String sign) {
      return text.equals(sign);
    }

    boolean isName() {
      return !text.isEmpty() && Character.isLetter(text.charAt(0));
    }

    boolean isNumber() {
      return text.matches("-?[0-9].*");
    }

    boolean isString() {
      return text.startsWith("\"");
    }
  }

  private final List<Token> tokens = new ArrayList<>();
  private int next;

  KafelTokens(SourceText source) {
    String text = source.text();
    Matcher matcher = TOKEN.matcher(text);
    while (matcher.find()) {
      if (matcher.group().equals("/*")) {
        matcher.region(commentEnd(source, matcher.start()), text.length());
      } else if (matcher.group("blank") == null && matcher.group("end") == null) {
        String found = matcher.group().startsWith("#") ? directive(matcher) : matcher.group();
        tokens.add(new Token(found, source.position(matcher.start())));
      }
    }
    tokens.add(new Token("", source.position(text.length())));
  }

  private static String directive(Matcher matcher) {
    return matcher.group().endsWith("define") ? "#define" : matcher.group();
  }

  private static int commentEnd(SourceText source, int start) {
    int end = source.text().indexOf("*/", start + 2);
    if (end < 0) {
      throw new PolicyException(source.position(start), "the comment does not end");
    }
    int stars = end;
    while (stars > start + 2 && source.text().charAt(stars - 1) == '*') {
      stars--;
    }
    if ((end - stars) % 2 == 1) {
      throw new PolicyException(
          source.position(stars),
          "kafel does not end a comment by an even number of asterisks and a slash; write */");
    }
    return end + 2;
  }

  Token peek() {
    return tokens.get(next);
  }

  Token take() {
    return isAtEnd() ? peek() : tokens.get(next++);
  }

  boolean isAtEnd() {
    return next == tokens.size() - 1;
  }

  boolean accept(String sign) {
    boolean found = peek().is(sign);
    next += found ? 1 : 0;
    return found;
  }

  void expect(String sign) {
    if (!accept(sign)) {
      throw error("expected \"" + sign + "\"");
    }
  }

  Token name(String what) {
    if (!peek().isName()) {
      throw error("expected " + what);
    }
    return take();
  }

  /** The next token is not what it should be. */
  PolicyException error(String expected) {
    String found = isAtEnd() ? "the end of the file" : "\"" + peek().text() + "\"";
    return new PolicyException(peek().position(), expected + ", not " + found);
  }
}

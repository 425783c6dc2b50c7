package dev.hardwire.cli;

import java.util.function.IntPredicate;

/**
 * Text from outside as it may be shown on a terminal: without anything that a terminal takes as a
 * command, or that changes the order in which text is shown.
 */
final class Printable {
  private Printable() {}

  /** The text of something, such as a path, on one line. */
  static String of(Object thing) {
    return escaped(String.valueOf(thing), Printable::isPlain);
  }

  /** Text whose lines stay lines. */
  static String lines(String text) {
    return escaped(text, c -> c == '\n' || isPlain(c));
  }

  /** A JSON document, which stays the same document: only strings hold such characters. */
  static String json(String document) {
    StringBuilder plain = new StringBuilder(document.length());
    for (char c : document.toCharArray()) {
      if (c == '\n' || isPlain(c) || Character.isSurrogate(c)) {
        plain.append(c);
      } else {
        plain.append("\\u%04x".formatted((int) c));
      }
    }
    return plain.toString();
  }

  private static String escaped(String text, IntPredicate plain) {
    if (text.codePoints().allMatch(plain)) {
      return text;
    }
    StringBuilder result = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              if (plain.test(c)) {
                result.appendCodePoint(c);
              } else {
                result.append(escaped(c));
              }
            });
    return result.toString();
  }

  private static boolean isPlain(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
              Character.FORMAT,
              Character.LINE_SEPARATOR,
              Character.PARAGRAPH_SEPARATOR,
              Character.SURROGATE ->
          false;
      default -> true;
    };
  }

  private static String escaped(int c) {
    return switch (c) {
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default -> c < 0x80 ? "\\x%02x".formatted(c) : "\\u%04x".formatted(c);
    };
  }
}

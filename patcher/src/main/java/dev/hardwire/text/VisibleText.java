package dev.hardwire.text;

/**
 * Makes untrusted text safe to show: control characters, and characters that change the direction
 * of text, are escaped.
 */
public final class VisibleText {
  private VisibleText() {}

  /** Text on one line. */
  public static String of(String text) {
    return escaped(text, false);
  }

  public static String lines(String text) {
    return escaped(text, true);
  }

  /** A JSON document with the same value: such characters occur only inside strings. */
  public static String json(String document) {
    int start = 0;
    StringBuilder plain = null;
    for (int i = 0; i < document.length(); i++) {
      char c = document.charAt(i);
      boolean stays = (c >= ' ' && c < 0x7f) || c == '\n' || isPlain(c) || Character.isSurrogate(c);
      if (!stays) {
        plain = plain == null ? new StringBuilder(document.length() + 64) : plain;
        plain.append(document, start, i).append("\\u").append(hex(c, 4));
        start = i + 1;
      }
    }
    return plain == null ? document : plain.append(document, start, document.length()).toString();
  }

  private static String escaped(String text, boolean lines) {
    int first = 0;
    while (first < text.length() && isAscii(text.charAt(first), lines)) {
      first++;
    }
    if (first == text.length()) {
      return text;
    }
    StringBuilder result = new StringBuilder(text.length()).append(text, 0, first);
    for (int i = first; i < text.length(); ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      if (isPlain(c) || (lines && c == '\n')) {
        result.appendCodePoint(c);
      } else {
        result.append(escaped(c));
      }
    }
    return result.toString();
  }

  private static boolean isAscii(char c, boolean lines) {
    return (c >= ' ' && c < 0x7f) || (lines && c == '\n');
  }

  private static boolean isPlain(int c) {
    if (c >= ' ' && c < 0x7f) {
      return true;
    }
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
      default -> c < 0x80 ? "\\x" + hex(c, 2) : "\\u" + hex(c, 4);
    };
  }

  private static String hex(int c, int digits) {
    String text = Integer.toHexString(c);
    return "0".repeat(Math.max(0, digits - text.length())) + text;
  }
}

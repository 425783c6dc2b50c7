package dev.hardwire.cli.report;

import dev.hardwire.text.VisibleText;

/** Makes untrusted text safe for a terminal. */
public final class TerminalText {
  private TerminalText() {}

  /** The text of an object, such as a path, on one line. */
  public static String of(Object thing) {
    return VisibleText.of(String.valueOf(thing));
  }

  /** Text of several lines. */
  public static String lines(String text) {
    return VisibleText.lines(text);
  }

  /** A JSON document with the same value: such characters occur only inside strings. */
  public static String json(String document) {
    return VisibleText.json(document);
  }
}

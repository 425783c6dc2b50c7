package dev.hardwire.cli.report;

import dev.hardwire.text.VisibleText;

/** Makes untrusted text safe for a terminal. */
public final class TerminalText {
  /** Characters of a message. */
  private static final int LONGEST = 2000;

  /** Of these, at the end. */
  private static final int END = 500;

  private TerminalText() {}

  /** The text of an object, such as a path, on one line. */
  public static String of(Object thing) {
    return VisibleText.of(String.valueOf(thing));
  }

  /**
   * A message without its middle if it is longer than any message has reason to be: what is wrong
   * in a file may be a word of many kilobytes, which the message repeats. Where it is stands at the
   * start, and what to do at the end.
   *
   * @param message may be null
   */
  public static String shortened(String message) {
    if (message == null || message.length() <= LONGEST) {
      return message;
    }
    int left = message.length() - LONGEST;
    int start = LONGEST - END;
    String gap = "[... %d characters ...]".formatted(left);
    return message.substring(0, start) + gap + message.substring(start + left);
  }
}

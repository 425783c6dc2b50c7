package dev.hardwire.text;

/** Tells which texts can be shown to people as they are. */
public final class PrintableText {
  /** Bits of the general categories L, N, P and S of Unicode. */
  private static final int PRINTED =
      1 << Character.UPPERCASE_LETTER
          | 1 << Character.LOWERCASE_LETTER
          | 1 << Character.TITLECASE_LETTER
          | 1 << Character.MODIFIER_LETTER
          | 1 << Character.OTHER_LETTER
          | 1 << Character.DECIMAL_DIGIT_NUMBER
          | 1 << Character.LETTER_NUMBER
          | 1 << Character.OTHER_NUMBER
          | 1 << Character.CONNECTOR_PUNCTUATION
          | 1 << Character.DASH_PUNCTUATION
          | 1 << Character.START_PUNCTUATION
          | 1 << Character.END_PUNCTUATION
          | 1 << Character.INITIAL_QUOTE_PUNCTUATION
          | 1 << Character.FINAL_QUOTE_PUNCTUATION
          | 1 << Character.OTHER_PUNCTUATION
          | 1 << Character.MATH_SYMBOL
          | 1 << Character.CURRENCY_SYMBOL
          | 1 << Character.MODIFIER_SYMBOL
          | 1 << Character.OTHER_SYMBOL;

  private PrintableText() {}

  /** Whether a text has 1 to {@code longest} printable characters, the first no space. */
  public static boolean is(String text, int longest) {
    int length = text.codePointCount(0, text.length());
    return length >= 1 && length <= longest && text.charAt(0) != ' ' && is(text);
  }

  /** Whether every character is a letter, digit, punctuation mark, symbol or space. */
  public static boolean is(String text) {
    boolean good = true;
    for (int at = 0; at < text.length() && good; at += Character.charCount(text.codePointAt(at))) {
      int character = text.codePointAt(at);
      good = character == ' ' || (PRINTED >>> Character.getType(character) & 1) != 0;
    }
    return good;
  }
}

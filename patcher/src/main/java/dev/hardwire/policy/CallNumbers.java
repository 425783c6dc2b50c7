package dev.hardwire.policy;

import java.util.Optional;

/**
 * Consecutive call numbers, as in {@code nr 335} or {@code nr 470-0x3fffffff}.
 *
 * @param from the first, unsigned 32 bits
 * @param to the last, unsigned 32 bits; not less than {@code from}
 */
public record CallNumbers(long from, long to) {
  /** The largest call number. */
  public static final long LAST = 0xffff_ffffL;

  /** What the text of numbers begins with. */
  static final String PREFIX = "nr ";

  private static final int LONGEST = 12;

  /**
   * Checks the components.
   *
   * @param from see the record
   * @param to see the record
   */
  public CallNumbers {
    if (from < 0 || from > to || to > LAST) {
      throw new IllegalArgumentException("not call numbers: " + from + " to " + to);
    }
  }

  /**
   * Reads {@code nr N} and {@code nr N-M}; a number is decimal, or hexadecimal after {@code 0x}.
   *
   * @param text any text
   * @return empty if it is not of this form
   */
  public static Optional<CallNumbers> parse(String text) {
    if (!text.startsWith(PREFIX)) {
      return Optional.empty();
    }
    String numbers = text.substring(PREFIX.length());
    int dash = numbers.indexOf('-');
    long from = number(dash < 0 ? numbers : numbers.substring(0, dash));
    long to = dash < 0 ? from : number(numbers.substring(dash + 1));
    return from < 0 || to < from ? Optional.empty() : Optional.of(new CallNumbers(from, to));
  }

  /** The number, or -1 if it is none or does not fit 32 bits. */
  private static long number(String text) {
    boolean hexadecimal = text.startsWith("0x");
    String digits = hexadecimal ? text.substring(2) : text;
    if (digits.isEmpty() || digits.length() > LONGEST) {
      return -1;
    }
    long value = 0;
    for (int i = 0; i < digits.length(); i++) {
      int digit = Character.digit(digits.charAt(i), hexadecimal ? 16 : 10);
      if (digit < 0 || digits.charAt(i) > 'f') {
        return -1;
      }
      value = value * (hexadecimal ? 16 : 10) + digit;
    }
    boolean octal = !hexadecimal && digits.length() > 1 && digits.charAt(0) == '0';
    return octal || value > LAST ? -1 : value;
  }

  /**
   * Whether it is one number.
   *
   * @return whether it is
   */
  public boolean isSingle() {
    return from == to;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CallNumbers that && from == that.from && to == that.to;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(31 * from + to);
  }

  /** The form that {@link #parse} reads. */
  @Override
  public String toString() {
    return PREFIX + (isSingle() ? text(from) : text(from) + "-" + text(to));
  }

  private static String text(long number) {
    return number < 0x1_0000 ? Long.toString(number) : "0x" + Long.toHexString(number);
  }
}

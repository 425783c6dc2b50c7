package dev.hardwire.policy;

import dev.hardwire.policy.ConditionLexer.Token;
import java.math.BigInteger;
import java.util.Locale;

/**
 * Reads numbers: decimal, 0x, 0b, 0o, or octal after a 0 as in C, optionally with {@code _} between
 * digits.
 */
final class Digits {
  private Digits() {}

  static Constant constant(Token token, boolean negative, Position position) {
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
}

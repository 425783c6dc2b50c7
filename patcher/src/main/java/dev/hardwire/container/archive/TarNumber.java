package dev.hardwire.container.archive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.util.regex.Pattern;

/** The numbers in a header. What tar programs read in different ways is refused. */
final class TarNumber {
  /** Spaces, digits, and what is behind a zero byte; or nothing. */
  private static final Pattern OCTAL =
      Pattern.compile(" *([0-7]{1,20}) *(?:\\x00.*)?|[ \\x00]*", Pattern.DOTALL);

  private TarNumber() {}

  /** A number in octal, or in base 256 if its first bit is set. */
  static long read(byte[] block, int offset, int length, String place) throws IOException {
    if ((block[offset] & 0x80) != 0) {
      return binary(block, offset, length, place);
    }
    var matcher = OCTAL.matcher(new String(block, offset, length, ISO_8859_1));
    ContainerException.require(matcher.matches(), place, "a number is not octal");
    return matcher.group(1) == null ? 0 : Long.parseLong(matcher.group(1), 8);
  }

  /** The bit behind the first one is the sign. */
  private static long binary(byte[] block, int offset, int length, String place)
      throws IOException {
    boolean negative = (block[offset] & 0x40) != 0;
    long value = negative ? -1 : 0;
    for (int i = 0; i < length; i++) {
      int octet = block[offset + i] & 0xff;
      octet = i == 0 && !negative ? octet & 0x7f : octet;
      long next = (value << 8) | octet;
      ContainerException.require(next >> 8 == value, place, "a number is too large");
      value = next;
    }
    return value;
  }
}

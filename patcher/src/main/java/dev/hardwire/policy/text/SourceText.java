package dev.hardwire.policy.text;

import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * The characters of a policy file.
 *
 * <p>Invariant: the file was valid UTF-8 and not larger than {@link #LIMIT}.
 */
public final class SourceText {
  /** Largest file, in bytes: room for 10,000 rules with three conditions each, twice. */
  public static final int LIMIT = 4 << 20;

  /** The byte order mark that some editors write first; it belongs to no line. */
  private static final String MARK = "\ufeff";

  /** JSON has no such mark (RFC 8259 section 8.1): programs written in Go refuse it. */
  private static final Pattern MARKED_JSON = Pattern.compile("\ufeff\\s*\\{\\s*[\"}]");

  private final String source;
  private final String text;

  /** Indices behind line feeds. */
  private final int[] lines;

  /** Indices of second halves of characters. */
  private final int[] halves;

  private SourceText(String source, String text) {
    this.source = source;
    this.text = text;
    this.lines = indices(text, i -> i > 0 && text.charAt(i - 1) == '\n');
    this.halves = indices(text, i -> i < text.length() && Character.isLowSurrogate(text.charAt(i)));
  }

  private static int[] indices(String text, IntPredicate isOne) {
    return IntStream.rangeClosed(0, text.length()).filter(isOne).toArray();
  }

  /** The name that messages give the file. */
  public String source() {
    return source;
  }

  public String text() {
    return text;
  }

  public static SourceText decode(byte[] content, String source) {
    if (content.length > LIMIT) {
      throw new PolicyException(
          new Position(source, 0, 0),
          "the file is larger than " + LIMIT + " bytes, the most that a policy may have");
    }
    ByteBuffer in = ByteBuffer.wrap(content);
    CharBuffer out = CharBuffer.allocate(content.length);
    CoderResult result = StandardCharsets.UTF_8.newDecoder().decode(in, out, true);
    String text = out.flip().toString();
    if (text.startsWith(MARK) && MARKED_JSON.matcher(text).lookingAt()) {
      throw new PolicyException(
          new Position(source, 1, 1),
          "JSON must not begin with a byte order mark; save the file without one");
    }
    SourceText decoded = new SourceText(source, text.startsWith(MARK) ? text.substring(1) : text);
    if (result.isError()) {
      throw new PolicyException(
          decoded.position(decoded.text.length()),
          String.format(
              "byte 0x%02x is not UTF-8; save the file as UTF-8", content[in.position()] & 0xff));
    }
    return decoded;
  }

  /**
   * The line and column of a place.
   *
   * @param index in UTF-16 units from the start of the text
   */
  public Position position(int index) {
    int end = Math.min(index, text.length());
    int line = atMost(lines, end);
    int start = line == 0 ? 0 : lines[line - 1];
    int column = end - start - (atMost(halves, end - 1) - atMost(halves, start)) + 1;
    return new Position(source, line + 1, column);
  }

  /**
   * The index in UTF-16 units of a character.
   *
   * @param characters how many are before it
   */
  int index(int characters) {
    int low = 0;
    int high = halves.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (halves[middle] - 1 - middle < characters) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return characters + low;
  }

  /** How many of the sorted numbers are not larger than {@code limit}. */
  private static int atMost(int[] numbers, int limit) {
    int at = Arrays.binarySearch(numbers, limit);
    return at >= 0 ? at + 1 : -at - 1;
  }
}

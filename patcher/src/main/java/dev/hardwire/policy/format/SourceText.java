package dev.hardwire.policy.format;

import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/**
 * The characters of a policy file.
 *
 * <p>Invariant: what was not valid UTF-8, or larger than {@link #LIMIT}, never becomes one.
 *
 * @param source the name that messages give the file
 */
record SourceText(String source, String text) {
  /** Largest file, in bytes: about 300 times what a long policy takes. */
  static final int LIMIT = 1 << 20;

  /** The byte order mark that some editors write first; it belongs to no line. */
  private static final String MARK = "\ufeff";

  static SourceText decode(byte[] content, String source) {
    if (content.length > LIMIT) {
      throw new PolicyException(
          new Position(source, 0, 0),
          "the file is larger than " + LIMIT + " bytes, the most that a policy may have");
    }
    ByteBuffer in = ByteBuffer.wrap(content);
    CharBuffer out = CharBuffer.allocate(content.length);
    CoderResult result = StandardCharsets.UTF_8.newDecoder().decode(in, out, true);
    String text = out.flip().toString();
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
   * @param index in UTF-16 units from the start of the text
   */
  Position position(int index) {
    int end = Math.min(index, text.length());
    int line = 1;
    int start = 0;
    for (int i = 0; i < end; i++) {
      if (text.charAt(i) == '\n') {
        line++;
        start = i + 1;
      }
    }
    return new Position(source, line, text.codePointCount(start, end) + 1);
  }
}

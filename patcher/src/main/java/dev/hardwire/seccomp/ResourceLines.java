package dev.hardwire.seccomp;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the tables of names and numbers: words separated by one space. Empty lines and those that
 * begin with "#" are left out.
 */
final class ResourceLines {
  private ResourceLines() {}

  static List<List<String>> of(String resource) {
    String text;
    try (InputStream stream = ResourceLines.class.getResourceAsStream(resource)) {
      text = new String(stream.readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(resource, e);
    }
    List<List<String>> lines = new ArrayList<>();
    for (int start = 0; start < text.length(); ) {
      int end = text.indexOf('\n', start);
      end = end < 0 ? text.length() : end;
      if (end > start && text.charAt(start) != '#') {
        lines.add(words(text, start, end));
      }
      start = end + 1;
    }
    return lines;
  }

  /** Every start reads such tables, before any of this is compiled: so it is no stream. */
  private static List<String> words(String text, int start, int end) {
    List<String> words = new ArrayList<>();
    int from = start;
    for (int space = text.indexOf(' ', from);
        space >= 0 && space < end;
        space = text.indexOf(' ', from)) {
      words.add(text.substring(from, space));
      from = space + 1;
    }
    words.add(text.substring(from, end));
    return words;
  }
}

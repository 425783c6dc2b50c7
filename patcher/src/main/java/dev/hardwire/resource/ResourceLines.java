package dev.hardwire.resource;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads the tables of names and numbers: words separated by one space. Empty lines and those that
 * begin with "#" are ignored.
 */
public final class ResourceLines {
  private ResourceLines() {}

  /** The words of each line of a file in the package of a class. */
  public static List<List<String>> of(Class<?> owner, String name) {
    String text = Resources.text(owner, name);
    List<List<String>> lines = new ArrayList<>();
    for (int start = 0, end; start < text.length(); start = end + 1) {
      end = text.indexOf('\n', start);
      end = end < 0 ? text.length() : end;
      if (end > start && text.charAt(start) != '#') {
        lines.add(words(text, start, end));
      }
    }
    return lines;
  }

  /**
   * A loop instead of a stream, because every start reads such tables before any of this is
   * compiled.
   */
  private static List<String> words(String text, int start, int end) {
    List<String> words = new ArrayList<>(2);
    int from = start;
    for (int at = start; at < end; at++) {
      if (text.charAt(at) == ' ') {
        words.add(text.substring(from, at));
        from = at + 1;
      }
    }
    words.add(text.substring(from, end));
    return words;
  }
}

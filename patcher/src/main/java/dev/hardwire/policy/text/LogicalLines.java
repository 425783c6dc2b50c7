package dev.hardwire.policy.text;

import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.IntFunction;

/** Lines of a text, where a backslash at the end of one goes on with the next. */
public final class LogicalLines {
  private LogicalLines() {}

  /**
   * One line.
   *
   * @param text without the backslashes, which are spaces
   * @param positions the place of a character of {@code text}, counted from 0
   */
  public record Line(String text, IntFunction<Position> positions) {
    public Position position(int index) {
      return positions.apply(index);
    }

    /** The line from {@code index} on, without blanks around it. */
    public Line from(int index) {
      int start = index;
      while (start < text.length() && isBlank(text.charAt(start))) {
        start++;
      }
      int first = start;
      return new Line(strip(text.substring(first)), i -> positions.apply(first + i));
    }
  }

  /** Where lines end and which of them belong together. */
  public enum Style {
    /** An even number of backslashes at the end stands for itself, as in a shell. */
    ENVIRONMENT("\n", "#"),

    /** The same for systemd, where comments may be within a line and other characters end it. */
    UNIT("\n\r\0", "#;"),

    /** Comments are cut off later: what belongs to one depends on the tool. */
    MINIJAIL("\n", "");

    private final String ends;
    private final String comments;

    Style(String ends, String comments) {
      this.ends = ends;
      this.comments = comments;
    }

    private boolean skips(String physical, boolean open) {
      String content = strip(physical);
      boolean isComment = !content.isEmpty() && comments.indexOf(content.charAt(0)) >= 0;
      return isComment && (this == UNIT || !open);
    }

    private boolean continues(String physical) {
      int end = physical.length() - (physical.endsWith("\r") ? 1 : 0);
      int first = end;
      while (first > 0 && physical.charAt(first - 1) == '\\') {
        first--;
      }
      return this == MINIJAIL ? end > first : (end - first) % 2 == 1;
    }

    /** The start of the line after one: each of the characters may end it once. */
    private int next(String text, int end) {
      int next = end;
      while (next < text.length()
          && ends.indexOf(text.charAt(next)) >= 0
          && text.substring(end, next).indexOf(text.charAt(next)) < 0
          && (next == end || text.charAt(next - 1) != 0)) {
        next++;
      }
      return next;
    }
  }

  /** Whether a character separates words, for each of these tools. */
  public static boolean isBlank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
  }

  /** A text without blanks around it. */
  public static String strip(String text) {
    int start = 0;
    int end = text.length();
    while (start < end && isBlank(text.charAt(start))) {
      start++;
    }
    while (end > start && isBlank(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(start, end);
  }

  public static List<Line> of(SourceText source, Style style) {
    List<Line> lines = new ArrayList<>();
    String text = source.text();
    StringBuilder line = new StringBuilder();
    NavigableMap<Integer, Integer> pieces = new TreeMap<>();
    boolean open = false;
    boolean inComment = false;
    for (int start = 0; start < text.length(); ) {
      int end = start;
      while (end < text.length() && style.ends.indexOf(text.charAt(end)) < 0) {
        end++;
      }
      String physical = text.substring(start, end);
      if (!style.skips(physical, open)) {
        if (inComment && !blank(physical.replaceFirst("#.*|\\\\?\r?$", ""))) {
          throw new PolicyException(
              source.position(start),
              "the comment above ends in a backslash: minijail0 takes this line for a part of it,"
                  + " compile_seccomp_policy.py does not; remove the backslash");
        }
        open = style.continues(physical);
        inComment = open && (inComment || (style == Style.MINIJAIL && physical.contains("#")));
        int length = open ? physical.lastIndexOf('\\') : physical.length();
        pieces.put(line.length(), start);
        line.append(physical, 0, length).append(' ');
      }
      start = style.next(text, end);
      if (!open || start >= text.length()) {
        add(lines, source, line.toString(), pieces);
        line.setLength(0);
        pieces = new TreeMap<>();
        open = false;
      }
    }
    return lines;
  }

  private static boolean blank(String text) {
    return strip(text).isEmpty();
  }

  /**
   * Adds a line.
   *
   * @param pieces where each line of the text begins in the source, by its place in the longer one
   */
  private static void add(
      List<Line> lines, SourceText source, String line, NavigableMap<Integer, Integer> pieces) {
    boolean isComment = pieces.size() == 1 && strip(line).startsWith("#");
    if (!isComment && !blank(line)) {
      IntFunction<Position> positions =
          index -> {
            int within = Math.min(index, line.length() - 1);
            Map.Entry<Integer, Integer> piece = pieces.floorEntry(within);
            return source.position(piece.getValue() + within - piece.getKey());
          };
      lines.add(new Line(line, positions).from(0));
    }
  }
}

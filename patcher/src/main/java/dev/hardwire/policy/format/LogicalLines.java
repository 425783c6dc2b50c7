package dev.hardwire.policy.format;

import dev.hardwire.policy.Position;
import java.util.ArrayList;
import java.util.List;
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
      while (start < text.length() && Character.isWhitespace(text.charAt(start))) {
        start++;
      }
      int first = start;
      return new Line(text.substring(first).stripTrailing(), i -> positions.apply(first + i));
    }
  }

  /** The lines of {@code source}; comment lines may stand between the parts of one. */
  public static List<Line> of(SourceText source, String commentSigns) {
    List<Line> lines = new ArrayList<>();
    String text = source.text();
    StringBuilder line = new StringBuilder();
    List<Integer> indices = new ArrayList<>();
    boolean open = false;
    for (int start = 0; start < text.length(); ) {
      int end = text.indexOf('\n', start);
      end = end < 0 ? text.length() : end;
      String physical = text.substring(start, end);
      String content = physical.strip();
      boolean comment = !content.isEmpty() && commentSigns.indexOf(content.charAt(0)) >= 0;
      if (!comment) {
        open = physical.stripTrailing().endsWith("\\");
        int length = open ? physical.stripTrailing().length() - 1 : physical.length();
        for (int i = 0; i < length; i++) {
          line.append(physical.charAt(i));
          indices.add(start + i);
        }
        line.append(' ');
        indices.add(start + length);
      }
      start = end + 1;
      if (!open || start >= text.length()) {
        add(lines, source, line, indices);
        line = new StringBuilder();
        indices = new ArrayList<>();
        open = false;
      }
    }
    return lines;
  }

  private static void add(
      List<Line> lines, SourceText source, StringBuilder line, List<Integer> indices) {
    if (!line.toString().isBlank()) {
      lines.add(
          new Line(
                  line.toString(),
                  i -> source.position(indices.get(Math.min(i, indices.size() - 1))))
              .from(0));
    }
  }
}

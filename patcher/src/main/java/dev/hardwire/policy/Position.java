package dev.hardwire.policy;

import java.util.Objects;

/**
 * The position of a part of a policy in its source.
 *
 * @param source a file name, or an option such as {@code --allow}
 * @param line counted from 1; 0 if the source is a list instead of lines of text
 * @param column counted from 1, in characters of the line or in items of the list; 0 for the whole
 */
public record Position(String source, int line, int column) {
  /** The position of parts that were made by a program. */
  public static final Position NONE = new Position("policy", 0, 0);

  /**
   * Checks the components.
   *
   * @param source a file name, or an option such as {@code --allow}
   * @param line counted from 1; 0 where the source is a list and not lines of text
   * @param column counted from 1, in characters of the line or in items of the list; 0 for the
   *     whole / public
   */
  public Position {
    Objects.requireNonNull(source);
    if (line < 0 || column < 0) {
      throw new IllegalArgumentException("negative position " + line + ":" + column);
    }
  }

  /**
   * The item of a list, counted from 1.
   *
   * @param source the file
   * @param number of the item, from 1
   * @return the position
   */
  public static Position item(String source, int number) {
    return new Position(source, 0, number);
  }

  /** {@code file:line:column}, {@code --allow, item 3}, or the source alone. */
  @Override
  public String toString() {
    if (line > 0) {
      return source + ":" + line + ":" + column;
    }
    return column > 0 ? source + ", item " + column : source;
  }
}

package dev.hardwire.policy;

import java.util.Objects;

/**
 * An item of a rule: a system call, a group such as {@code @network-io}, or one of these after
 * {@code ~}, which the rule excludes.
 *
 * <p>Equality is that of the text; the position is used only in messages.
 *
 * @param name the whole text, including sigils
 */
public record CallName(String name, Position position) {
  private static final int LONGEST = 63;

  /**
   * Checks the components.
   *
   * @param name the whole text, sigils included / public
   * @param position see the record
   */
  public CallName {
    Objects.requireNonNull(name);
    Objects.requireNonNull(position);
  }

  /**
   * Whether {@code text} has the syntax of an item of a rule.
   *
   * @param text any text
   * @return whether it is well-formed
   */
  public static boolean isWellFormed(String text) {
    int start = text.startsWith("~") ? 1 : 0;
    boolean group = text.startsWith("@", start);
    start += group ? 1 : 0;
    int length = text.length() - start;
    if (length < 1 || length > LONGEST) {
      return false;
    }
    char joint = group ? '-' : '_';
    char first = text.charAt(start);
    boolean good = isLetter(first) || (!group && first == joint);
    for (int i = start + 1; i < text.length() && good; i++) {
      char c = text.charAt(i);
      good = isLetter(c) || (c >= '0' && c <= '9') || c == joint;
    }
    return good;
  }

  private static boolean isLetter(char c) {
    return c >= 'a' && c <= 'z';
  }

  /**
   * Whether the rule excludes it.
   *
   * @return whether it is
   */
  public boolean isExclusion() {
    return name.startsWith("~");
  }

  /**
   * The call or the group, without {@code ~}.
   *
   * @return the name
   */
  public String target() {
    return isExclusion() ? name.substring(1) : name;
  }

  /**
   * Whether it stands for a group of calls.
   *
   * @return whether it is
   */
  public boolean isGroup() {
    return target().startsWith("@");
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CallName that && name.equals(that.name);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  public String toString() {
    return name;
  }
}

package dev.hardwire.policy;

import java.util.Objects;
import java.util.Optional;

/**
 * An item of a rule: a system call, its number as in {@code nr 335}, several numbers as in {@code
 * nr 470-499}, a group such as {@code @network-io}, or one of these after {@code ~}, which the rule
 * excludes.
 *
 * <p>Equality is that of the text; the other components are used only in messages.
 *
 * @param name the whole text, including sigils
 * @param position of the item; for a member of a group of the policy's own, of its definition
 * @param group of the policy, with {@code @}, through which the rule names it; empty if the rule
 *     names it itself
 */
public record CallName(String name, Position position, String group) {
  private static final int LONGEST = 63;

  /**
   * Checks the components.
   *
   * @param name the whole text, sigils included / public
   * @param position see the record
   * @param group see the record
   */
  public CallName {
    Objects.requireNonNull(name);
    Objects.requireNonNull(position);
    Objects.requireNonNull(group);
  }

  /**
   * An item that a rule names itself.
   *
   * @param name the whole text, including sigils
   * @param position of the item
   */
  public CallName(String name, Position position) {
    this(name, position, "");
  }

  /**
   * Whether {@code text} has the syntax of an item of a rule.
   *
   * @param text any text
   * @return whether it is well-formed
   */
  public static boolean isWellFormed(String text) {
    int start = text.startsWith("~") ? 1 : 0;
    if (text.startsWith(CallNumbers.PREFIX, start)) {
      return CallNumbers.parse(text.substring(start)).isPresent();
    }
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

  /**
   * Whether {@code text} is spelt like one call: not a group, numbers or an exclusion.
   *
   * @param text any text
   * @return whether it is
   */
  public static boolean isOneCall(String text) {
    return isWellFormed(text)
        && !text.startsWith("~")
        && !text.startsWith("@")
        && !text.startsWith(CallNumbers.PREFIX);
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

  /**
   * The numbers that it stands for, if it gives numbers and no name.
   *
   * @return empty for a name or a group
   */
  public Optional<CallNumbers> numbers() {
    String target = target();
    return target.startsWith(CallNumbers.PREFIX) ? CallNumbers.parse(target) : Optional.empty();
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

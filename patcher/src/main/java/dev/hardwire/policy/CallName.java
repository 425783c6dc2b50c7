package dev.hardwire.policy;

import java.util.Objects;

/**
 * What a rule names: a system call, a group of them such as {@code @network-io}, or, behind a
 * {@code ~}, one of these that the rule leaves out.
 *
 * <p>Equality is that of the text: the position only serves messages.
 *
 * @param name the whole text, sigils included
 */
public record CallName(String name, Position position) {
  public CallName {
    Objects.requireNonNull(name);
    Objects.requireNonNull(position);
  }

  /** Whether {@code text} is spelt like something that a rule can name. */
  public static boolean isWellFormed(String text) {
    return text.matches("~?([a-z_][a-z0-9_]{0,62}|@[a-z][a-z0-9-]{0,62})");
  }

  /** Whether the rule leaves it out. */
  public boolean isExclusion() {
    return name.startsWith("~");
  }

  /** The call or the group, without {@code ~}. */
  public String target() {
    return isExclusion() ? name.substring(1) : name;
  }

  /** Whether it stands for a group of calls. */
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

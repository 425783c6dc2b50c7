package dev.hardwire.policy;

import java.util.Objects;

/**
 * The name of a system call as a policy gives it, and where.
 *
 * <p>Equality is that of the names: the position only serves messages.
 */
public record CallName(String name, Position position) {
  public CallName {
    Objects.requireNonNull(name);
    Objects.requireNonNull(position);
  }

  /** Whether {@code text} is spelt like a system call. */
  public static boolean isWellFormed(String text) {
    return text.matches("[a-z_][a-z0-9_]{0,62}");
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

package dev.hardwire.seccomp.compile;

import java.util.Locale;

/** What the compiler makes small. */
public enum Objective {
  /** The number of instructions. */
  SIZE,
  /** The longest way through the filter. */
  DEPTH,
  /**
   * The mean way of the calls that the policy lists, those that the kernel cannot cache before all,
   * with an eye on the number of instructions.
   */
  MIX;

  /** As the command line names it: {@code size}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}

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
  MEAN,
  /**
   * The time that the kernel takes to install the filter, which every start of a program pays: its
   * way through the filter for every call number, and each instruction; and the way of calls whose
   * arguments are tested.
   */
  MIX;

  /** As the command line names it: {@code size}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}

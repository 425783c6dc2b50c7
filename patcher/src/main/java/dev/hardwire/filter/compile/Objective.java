package dev.hardwire.filter.compile;

import dev.hardwire.policy.Policy;
import java.util.Locale;

/** The quantity that the compiler minimises. */
public enum Objective {
  /** The number of instructions. */
  SIZE,
  /** The longest path through the filter. */
  DEPTH,
  /**
   * The mean path of the calls that the policy lists, with priority for those that the kernel
   * cannot cache, and with a small weight for the number of instructions.
   */
  MEAN,
  /**
   * The time that the kernel takes to install the filter at every start of a program: its path
   * through the filter for every call number, and each instruction; and the path of calls whose
   * arguments are tested.
   */
  MIX;

  /** What the filter of a policy minimises in a patched file. */
  public static Objective of(Policy policy) {
    return policy.weights().isEmpty() ? MIX : MEAN;
  }

  /** Its name on the command line, such as {@code size}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}

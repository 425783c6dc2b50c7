package dev.hardwire.policy;

import java.util.OptionalInt;

/**
 * What the kernel must offer for the program to be started.
 *
 * @param atLeast a version of the Landlock ABI; empty for the version that has every right that the
 *     policy restricts
 * @param warns whether the program is started on an older kernel, with a warning and with the
 *     rights that this kernel has
 */
public record KernelDemand(OptionalInt atLeast, boolean warns) {
  /** {@code kernel: require}. */
  public static final KernelDemand REQUIRE = new KernelDemand(OptionalInt.empty(), false);

  /** The newest version of the Landlock ABI that is known. */
  public static final int NEWEST = 10;

  /** The first version that can restrict all threads of a process at once. */
  public static final int ALL_THREADS = 8;

  /**
   * Checks the components.
   *
   * @param atLeast a version of the Landlock ABI; empty for what the policy needs
   * @param warns whether an older kernel causes a warning only
   */
  public KernelDemand {
    if (atLeast.isPresent() && (atLeast.getAsInt() < 0 || atLeast.getAsInt() > NEWEST)) {
      throw new IllegalArgumentException("at-least must be a number from 0 to " + NEWEST);
    }
    if (atLeast.isEmpty() && warns) {
      throw new IllegalArgumentException("below requires at-least");
    }
  }

  /**
   * Whether the program may run on a kernel without Landlock.
   *
   * @return whether it may
   */
  public boolean runsWithout() {
    return warns || (atLeast.isPresent() && atLeast.getAsInt() == 0);
  }
}

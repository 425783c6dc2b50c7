package dev.hardwire.policy.text;

import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;

/**
 * The budget for what the names in one policy stand for: groups, constants, policies that others
 * use. Names that stand for each other double with each step, so that two kilobytes of policy could
 * stand for more rules than any memory holds.
 */
public final class Expansion {
  /** The most items that all names of a policy stand for, counted as often as they are named. */
  public static final int LIMIT = 1_000_000;

  private long spent;

  /** Nothing is spent. */
  public Expansion() {}

  /**
   * Counts items before they are made.
   *
   * @param items how many a name stands for
   * @param position of the name
   * @throws PolicyException if they are too many
   */
  public void add(long items, Position position) {
    spent += Math.min(items, LIMIT + 1L);
    if (spent > LIMIT) {
      throw new PolicyException(
          position,
          "the names up to here stand for more than %,d calls, values or rules; name fewer"
              .formatted(LIMIT));
    }
  }
}

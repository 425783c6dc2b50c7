package dev.hardwire.filter.compile;

import dev.hardwire.filter.resolve.ResolvedRule;
import dev.hardwire.policy.PolicyException;

/**
 * Limits the work that conditions make for the compiler. Steps are counted, not seconds, so that
 * every machine accepts the same policies.
 */
final class Work {
  /** The maximum number of pieces of diagrams that are combined; a second's work or less. */
  private static final int LIMIT = 2_000_000;

  private int done;

  /**
   * Counts steps.
   *
   * @param rule the first of the call, for the message
   */
  void add(int steps, ResolvedRule rule) {
    done += steps;
    if (done > LIMIT) {
      throw new PolicyException(
          rule.rule().position(),
          "the conditions on %s combine in more than %,d ways; use fewer conditions or arguments"
              .formatted(rule.name(), LIMIT));
    }
  }
}

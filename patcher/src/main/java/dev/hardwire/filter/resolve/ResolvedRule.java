package dev.hardwire.filter.resolve;

import dev.hardwire.policy.Rule;

/**
 * One rule for one call.
 *
 * @param rule as written
 * @param name of the call with that number; the rule may name one that is made through it
 * @param number of the call
 * @param condition of its arguments
 */
public record ResolvedRule(Rule rule, String name, int number, Expression condition) {
  /** Whether it matches whatever the arguments are. */
  public boolean isUnconditional() {
    return condition instanceof Expression.Constant constant && constant.value();
  }
}

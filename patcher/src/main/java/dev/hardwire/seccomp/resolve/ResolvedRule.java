package dev.hardwire.seccomp.resolve;

import dev.hardwire.policy.Rule;

/**
 * What one rule says of one call.
 *
 * @param rule as written
 * @param name of the call with that number; the rule may name one that it passes on
 * @param number of the call
 * @param condition of its arguments
 */
public record ResolvedRule(Rule rule, String name, int number, Expression condition) {
  /** Whether it decides whatever the arguments are. */
  public boolean isUnconditional() {
    return condition instanceof Expression.Constant constant && constant.value();
  }
}

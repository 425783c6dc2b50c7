package dev.hardwire.filter.resolve;

import dev.hardwire.policy.CallNumbers;
import dev.hardwire.policy.Rule;

/**
 * A rule for call numbers, whatever the arguments are.
 *
 * @param rule as written
 * @param numbers that the architecture does not refuse
 * @param unknown whether the rule names them as those without a name
 */
public record NumberedRule(Rule rule, CallNumbers numbers, boolean unknown) {
  public boolean holds(long number) {
    return numbers.from() <= number && number <= numbers.to();
  }
}

package dev.hardwire.policy;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * One action and the system calls that get it.
 *
 * <p>Invariant: at least one call. Equality ignores positions.
 *
 * @param condition on the calls' arguments; empty if the rule always matches
 * @param position of the start of the rule
 */
public record Rule(
    Action action, List<CallName> calls, Optional<Condition> condition, Position position) {
  /**
   * Checks the components.
   *
   * @param action see the record
   * @param calls see the record
   * @param condition of the calls' arguments; empty for whatever arguments
   * @param position where the rule begins / public
   */
  public Rule {
    Objects.requireNonNull(action);
    calls = List.copyOf(calls);
    Objects.requireNonNull(condition);
    Objects.requireNonNull(position);
    if (calls.isEmpty()) {
      throw new IllegalArgumentException("a rule without system calls");
    }
  }

  /**
   * A rule made by a program.
   *
   * @param action for the calls
   * @param names of calls or groups
   * @return the rule
   */
  public static Rule of(Action action, List<String> names) {
    List<CallName> calls = names.stream().map(n -> new CallName(n, Position.NONE)).toList();
    return new Rule(action, calls, Optional.empty(), Position.NONE);
  }

  /**
   * A rule without a condition.
   *
   * @param action for the calls
   * @param names of calls or groups
   * @return the rule
   */
  public static Rule of(Action action, String... names) {
    return of(action, Arrays.asList(names));
  }

  /**
   * The same rule under a condition.
   *
   * @param newCondition on the arguments
   * @return a new rule
   */
  public Rule when(Condition newCondition) {
    return new Rule(action, calls, Optional.of(newCondition), position);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Rule that
        && action.equals(that.action)
        && calls.equals(that.calls)
        && condition.equals(that.condition);
  }

  @Override
  public int hashCode() {
    return Objects.hash(action, calls, condition);
  }
}

package dev.hardwire.policy;

import dev.hardwire.text.PrintableText;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * One action and the system calls that get it.
 *
 * <p>Invariant: at least one call. Equality ignores positions.
 *
 * @param action what happens to the calls
 * @param calls one or more
 * @param condition on the calls' arguments; empty if the rule always matches
 * @param position of the start of the rule
 * @param reason for the rule, shown to people; 1 to {@value #LONGEST_REASON} printable characters
 * @param architectures on which the rule applies, such as {@code aarch64}; empty for all
 */
public record Rule(
    Action action,
    List<CallName> calls,
    Optional<Condition> condition,
    Position position,
    Optional<String> reason,
    List<String> architectures) {
  /** The longest reason, in characters. */
  public static final int LONGEST_REASON = 500;

  /**
   * Checks the components.
   *
   * @param action see the record
   * @param calls see the record
   * @param condition of the calls' arguments; empty for whatever arguments
   * @param position where the rule begins / public
   * @param reason see the record
   * @param architectures see the record
   */
  public Rule {
    Objects.requireNonNull(action);
    calls = List.copyOf(calls);
    Objects.requireNonNull(condition);
    Objects.requireNonNull(position);
    architectures = List.copyOf(architectures);
    if (calls.isEmpty()) {
      throw new IllegalArgumentException("a rule without system calls");
    }
    if (reason.isPresent() && !isReason(reason.get())) {
      throw new IllegalArgumentException("not a reason: \"" + reason.get() + "\"");
    }
  }

  /**
   * A rule for all architectures, without a reason.
   *
   * @param action for the calls
   * @param calls one or more
   * @param condition of the calls' arguments; empty for whatever arguments
   * @param position where the rule begins
   */
  public Rule(
      Action action, List<CallName> calls, Optional<Condition> condition, Position position) {
    this(action, calls, condition, position, Optional.empty(), List.of());
  }

  /**
   * Whether a text can be the reason of a rule: 1 to {@value #LONGEST_REASON} printable characters.
   *
   * @param text any text
   * @return whether it can
   */
  public static boolean isReason(String text) {
    return PrintableText.is(text, LONGEST_REASON);
  }

  /**
   * The same rule for other calls.
   *
   * @param newCalls one or more
   * @return a new rule
   */
  public Rule withCalls(List<CallName> newCalls) {
    return new Rule(action, newCalls, condition, position, reason, architectures);
  }

  /**
   * The same rule with a reason.
   *
   * @param newReason for people
   * @return a new rule
   */
  public Rule because(String newReason) {
    return new Rule(action, calls, condition, position, Optional.of(newReason), architectures);
  }

  /**
   * The same rule for some architectures.
   *
   * @param newArchitectures such as {@code aarch64}; empty for all
   * @return a new rule
   */
  public Rule on(List<String> newArchitectures) {
    return new Rule(action, calls, condition, position, reason, newArchitectures);
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
    return new Rule(action, calls, Optional.of(newCondition), position, reason, architectures);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Rule that
        && action.equals(that.action)
        && calls.equals(that.calls)
        && condition.equals(that.condition)
        && reason.equals(that.reason)
        && architectures.equals(that.architectures);
  }

  @Override
  public int hashCode() {
    return Objects.hash(action, calls, condition, reason, architectures);
  }
}

package dev.hardwire.filter.compile;

import dev.hardwire.arch.Target;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Position;
import java.util.List;
import java.util.Optional;

/**
 * A policy on one architecture in a form for formats whose rules have no order.
 *
 * <p>Invariant: no call matches two rules, and no rule has the default action. Rules are in the
 * order of call numbers.
 *
 * @param architecture that it is for
 * @param noNewPrivs as in the policy
 * @param log as in the policy
 * @param defaultPosition where the default action stands
 */
public record PlainPolicy(
    Target architecture,
    Action defaultAction,
    List<PlainRule> rules,
    boolean noNewPrivs,
    boolean log,
    Position defaultPosition) {
  public PlainPolicy {
    rules = List.copyOf(rules);
  }

  /**
   * One call, perhaps with some arguments only.
   *
   * @param checks all of which hold, on different arguments; empty for whatever arguments
   * @param position of the rule that it comes from
   * @param reason of that rule
   */
  public record PlainRule(
      Action action,
      String call,
      List<PlainCheck> checks,
      Position position,
      Optional<String> reason) {
    public PlainRule {
      checks = List.copyOf(checks);
    }

    /** A rule without a reason. */
    public PlainRule(Action action, String call, List<PlainCheck> checks, Position position) {
      this(action, call, checks, position, Optional.empty());
    }
  }
}

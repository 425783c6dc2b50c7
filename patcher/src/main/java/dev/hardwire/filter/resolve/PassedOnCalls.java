package dev.hardwire.filter.resolve;

import dev.hardwire.calls.Multiplexer;
import dev.hardwire.filter.Verdict;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Comparison;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/**
 * The effect of a rule on calls whose arguments a filter cannot see, since they are in memory.
 *
 * <p>Unseen arguments never make a call allowed: a rule that allows calls under such a condition
 * does not match them, and one that denies calls denies all of them.
 */
final class PassedOnCalls {
  private final Rule rule;

  /** Calls that the rule does not match, or denies whatever their arguments. */
  private final Set<String> unseen = new TreeSet<>();

  /** The multiplexer, such as {@code socketcall}. */
  private final Set<String> through = new TreeSet<>();

  PassedOnCalls(Rule rule) {
    this.rule = rule;
  }

  private boolean letsThrough() {
    return Action.letsThrough(rule.action());
  }

  /** The condition of a call whose arguments are all in memory; empty to ignore the rule. */
  Optional<Expression> inMemory(String call) {
    unseen.add(call);
    return letsThrough() ? Optional.empty() : Optional.of(new Expression.Constant(true));
  }

  /**
   * The condition of the multiplexer; empty to ignore the rule.
   *
   * @param condition of the call made through it
   */
  Optional<Expression> passedOn(Multiplexer multiplexer, String call, Expression condition) {
    Expression selected =
        new Expression.Test(
            0, 32, false, multiplexer.mask(), Comparison.EQUAL, multiplexer.operation());
    if (condition instanceof Expression.Constant constant) {
      return constant.value() ? Optional.of(selected) : Optional.empty();
    }
    Optional<Expression> seen = moved(multiplexer.arguments(), condition);
    if (seen.isPresent()) {
      return Optional.of(new Expression.All(List.of(selected, seen.get())));
    }
    unseen.add(call);
    through.add(multiplexer.call());
    return letsThrough() ? Optional.empty() : Optional.of(selected);
  }

  /** A condition on the arguments of the multiplexer; empty if it does not contain all of them. */
  private static Optional<Expression> moved(List<OptionalInt> to, Expression condition) {
    if (condition instanceof Expression.Constant) {
      return Optional.of(condition);
    } else if (condition instanceof Expression.Not not) {
      return moved(to, not.part()).map(Expression.Not::new);
    } else if (condition instanceof Expression.All all) {
      return moved(to, all.parts()).map(Expression.All::new);
    } else if (condition instanceof Expression.Any any) {
      return moved(to, any.parts()).map(Expression.Any::new);
    }
    Expression.Test test = (Expression.Test) condition;
    if (test.argument() >= to.size() || to.get(test.argument()).isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(test.on(to.get(test.argument()).getAsInt()));
  }

  private static Optional<List<Expression>> moved(List<OptionalInt> to, List<Expression> parts) {
    List<Expression> moved = new ArrayList<>();
    for (Expression part : parts) {
      moved(to, part).ifPresent(moved::add);
    }
    return moved.size() == parts.size() ? Optional.of(moved) : Optional.empty();
  }

  /** Warns of arguments that the rule cannot check. */
  Optional<PolicyWarning> warning() {
    if (unseen.isEmpty()) {
      return Optional.empty();
    }
    String way = through.isEmpty() ? "" : " through " + String.join(" and ", through);
    return Optional.of(
        new PolicyWarning(
            rule.condition().orElseThrow().position(),
            "the arguments of %s%s are in memory, where a filter cannot see them: %s"
                .formatted(
                    String.join(", ", unseen),
                    way,
                    letsThrough()
                        ? "this rule does not allow such calls"
                        : "such calls get \"" + Verdict.of(rule.action()) + "\" for every value")));
  }
}

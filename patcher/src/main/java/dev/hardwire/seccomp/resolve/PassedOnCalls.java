package dev.hardwire.seccomp.resolve;

import dev.hardwire.policy.Action;
import dev.hardwire.policy.Comparison;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.Rule;
import dev.hardwire.seccomp.Multiplexer;
import dev.hardwire.seccomp.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/**
 * What one rule says where a filter does not see the arguments that its condition is about, since
 * they lie in memory.
 *
 * <p>Nothing is let through that the rule might not let through: a rule that lets calls through
 * under such a condition says nothing of them, and one that refuses calls refuses all of them.
 */
final class PassedOnCalls {
  private final Rule rule;

  /** Calls that the rule says nothing of, or refuses whatever their arguments. */
  private final Set<String> unseen = new TreeSet<>();

  /** What stands between: {@code socketcall} and the like. */
  private final Set<String> through = new TreeSet<>();

  PassedOnCalls(Rule rule) {
    this.rule = rule;
  }

  private boolean letsThrough() {
    return rule.action().equals(Action.ALLOW) || rule.action().equals(Action.LOG);
  }

  /** The condition of a call whose arguments are all in memory; empty to leave the rule out. */
  Optional<Expression> inMemory(String call) {
    unseen.add(call);
    return letsThrough() ? Optional.empty() : Optional.of(new Expression.Constant(true));
  }

  /**
   * The condition of the call that passes another one on; empty to leave the rule out.
   *
   * @param condition of the call that is passed on
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

  /** A condition with every argument where the passing call has it; empty if it has not all. */
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

  /** What the rule cannot check. */
  Optional<PolicyWarning> warning() {
    if (unseen.isEmpty()) {
      return Optional.empty();
    }
    String way = through.isEmpty() ? "" : " through " + String.join(" and ", through);
    return Optional.of(
        new PolicyWarning(
            rule.condition().orElseThrow().position(),
            "the arguments of %s%s are in memory, where no filter sees them: %s"
                .formatted(
                    String.join(", ", unseen),
                    way,
                    letsThrough()
                        ? "this rule does not allow them so"
                        : "they get \"" + Verdict.of(rule.action()) + "\" whatever they are")));
  }
}

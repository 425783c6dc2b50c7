package dev.hardwire.filter.prove;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.resolve.Expression;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.filter.resolve.ResolvedRule;
import java.util.Optional;

/** Decides single calls by interpreting the policy rule by rule. */
public final class ReferenceInterpreter {
  private ReferenceInterpreter() {}

  public static Verdict decide(ResolvedPolicy policy, SeccompData call) {
    Target architecture = policy.architecture();
    boolean refused =
        architecture.refusedFrom().isPresent()
            && call.nr() >= architecture.refusedFrom().getAsLong();
    if (call.arch() != architecture.auditNumber() || refused) {
      return new Verdict(Verdict.KILL_PROCESS);
    }
    return rule(policy, call)
        .map(rule -> Verdict.of(rule.rule().action()))
        .orElse(policy.defaultVerdict());
  }

  /** The rule that decides a call of the policy's architecture; empty for the default action. */
  public static Optional<ResolvedRule> rule(ResolvedPolicy policy, SeccompData call) {
    return policy.rulesOf(call.nr()).stream()
        .filter(rule -> holds(rule.condition(), call))
        .findFirst();
  }

  /** Whether the policy lets a call of its architecture through with some arguments. */
  public static boolean mayLetThrough(ResolvedPolicy policy, int call) {
    for (ResolvedRule rule : policy.rulesOf(call)) {
      if (Verdict.of(rule.rule().action()).letsThrough()) {
        return true;
      }
      if (rule.isUnconditional()) {
        return false;
      }
    }
    return policy.otherwise(call).letsThrough();
  }

  private static boolean holds(Expression condition, SeccompData call) {
    if (condition instanceof Expression.Constant constant) {
      return constant.value();
    } else if (condition instanceof Expression.Not not) {
      return !holds(not.part(), call);
    } else if (condition instanceof Expression.All all) {
      return all.parts().stream().allMatch(part -> holds(part, call));
    } else if (condition instanceof Expression.Any any) {
      return any.parts().stream().anyMatch(part -> holds(part, call));
    }
    Expression.Test test = (Expression.Test) condition;
    return test.holds(call.args().get(test.argument()));
  }
}

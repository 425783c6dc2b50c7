package dev.hardwire.filter.prove.symbolic;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.resolve.Expression;
import dev.hardwire.filter.resolve.NumberedRule;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.filter.resolve.ResolvedRule;
import dev.hardwire.policy.CallNumbers;
import dev.hardwire.policy.Comparison;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A policy as a function of every bit of {@code seccomp_data}. */
public final class SymbolicPolicy {
  private final Words words;
  private final Bdd bdd;

  public SymbolicPolicy(Words words) {
    this.words = words;
    this.bdd = words.bdd;
  }

  /** The verdict for every possible call. */
  public int of(ResolvedPolicy policy) {
    Target architecture = policy.architecture();
    int kill = bdd.leaf(Verdict.KILL_PROCESS);
    int decision = bdd.leaf(policy.defaultVerdict().value());
    for (int i = policy.numbered().size() - 1; i >= 0; i--) {
      NumberedRule rule = policy.numbered().get(i);
      int verdict = bdd.leaf(Verdict.of(rule.rule().action()).value());
      decision = bdd.choose(within(rule.numbers()), verdict, decision);
    }
    for (Map.Entry<Integer, List<ResolvedRule>> entry : policy.rules().entrySet()) {
      int rules = rules(entry.getValue(), policy.defaultVerdict());
      int isCall = words.equal(words.nr(), words.constant(entry.getKey(), 32));
      decision = bdd.choose(isCall, rules, decision);
    }
    if (architecture.refusedFrom().isPresent()) {
      int[] from = words.constant(architecture.refusedFrom().getAsLong(), 32);
      decision = bdd.choose(words.greater(words.nr(), from, true), kill, decision);
    }
    int[] number = words.constant(architecture.auditNumber(), 32);
    return bdd.choose(words.equal(words.arch(), number), decision, kill);
  }

  private int within(CallNumbers numbers) {
    int from = words.greater(words.nr(), words.constant(numbers.from(), 32), true);
    int to = words.greater(words.constant(numbers.to(), 32), words.nr(), true);
    return bdd.and(from, to);
  }

  /** The verdict of one call, for all arguments. */
  public int rules(ResolvedPolicy policy, int number) {
    return rules(policy.rulesOf(number), policy.defaultVerdict());
  }

  /** The verdict of one call's rules, for all arguments. */
  public int rules(List<ResolvedRule> rules, Verdict otherwise) {
    int decision = bdd.leaf(otherwise.value());
    for (int i = rules.size() - 1; i >= 0; i--) {
      Optional<RuleRun> run = RuleRun.upTo(rules, i);
      if (run.isPresent()) {
        decision = run.get().decision(words, condition(run.get().common()), decision);
        i -= run.get().all().size() - 1;
        continue;
      }
      int verdict = bdd.leaf(Verdict.of(rules.get(i).rule().action()).value());
      decision = bdd.choose(condition(rules.get(i).condition()), verdict, decision);
    }
    return decision;
  }

  public boolean isVerdict(int function, Verdict verdict) {
    return function == bdd.leaf(verdict.value());
  }

  /** The function that is true where the rules of a run match. */
  public int condition(RuleRun run) {
    return bdd.and(condition(run.common()), run.values(words));
  }

  /** The function that is true where a condition holds. */
  public int condition(Expression condition) {
    if (condition instanceof Expression.Constant constant) {
      return constant.value() ? Bdd.TRUE : Bdd.FALSE;
    } else if (condition instanceof Expression.Not not) {
      return bdd.not(condition(not.part()));
    } else if (condition instanceof Expression.All all) {
      int union = EqualityRun.union(words, inequalities(all.parts()), this::condition);
      return union >= 0
          ? bdd.not(union)
          : all.parts().stream().map(this::condition).reduce(Bdd.TRUE, bdd::and);
    } else if (condition instanceof Expression.Any any) {
      int union = EqualityRun.union(words, any.parts(), this::condition);
      union = union >= 0 ? union : IntervalRun.union(words, any.parts(), this::condition);
      return union >= 0
          ? union
          : any.parts().stream().map(this::condition).reduce(Bdd.FALSE, bdd::or);
    }
    return test((Expression.Test) condition);
  }

  /** The opposites of parts that are all tests for inequality, or none. */
  private static List<Expression> inequalities(List<Expression> parts) {
    List<Expression> opposites = new ArrayList<>();
    for (Expression part : parts) {
      if (!(part instanceof Expression.Test t) || t.comparison() != Comparison.NOT_EQUAL) {
        return List.of();
      }
      opposites.add(
          new Expression.Test(
              t.argument(), t.bits(), t.signed(), t.mask(), Comparison.EQUAL, t.value()));
    }
    return opposites;
  }

  private int test(Expression.Test test) {
    int[] value = words.constant(test.value(), 64);
    int[] argument = words.and(words.argument(test.argument()), words.constant(test.mask(), 64));
    if (test.signed()) {
      // With the sign bit inverted, signed order is unsigned order.
      int[] sign = words.constant(1L << (test.bits() - 1), 64);
      value = words.xor(value, sign);
      argument = words.xor(argument, sign);
    }
    return switch (test.comparison()) {
      case EQUAL -> words.equal(argument, value);
      case NOT_EQUAL -> bdd.not(words.equal(argument, value));
      case LESS -> words.greater(value, argument, false);
      case LESS_OR_EQUAL -> words.greater(value, argument, true);
      case GREATER -> words.greater(argument, value, false);
      case GREATER_OR_EQUAL -> words.greater(argument, value, true);
    };
  }
}

package dev.hardwire.filter.compile;

import dev.hardwire.filter.Emulator;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.prove.ReferenceInterpreter;
import dev.hardwire.filter.resolve.Expression;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.filter.resolve.ResolvedRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The calls that a policy lists and for which the kernel must run its filter every time. */
final class UncachedCalls {
  /** The maximum number of calls that stand for one number. */
  private static final int LIMIT = 10_000;

  private UncachedCalls() {}

  /** Whether a call is allowed whatever its arguments are, so that the kernel can cache that. */
  static boolean isConstantAllow(ResolvedPolicy policy, int nr) {
    List<ResolvedRule> rules = policy.rules().getOrDefault(nr, List.of());
    Verdict verdict =
        rules.isEmpty() ? policy.defaultVerdict() : Verdict.of(rules.get(0).rule().action());
    return verdict.value() == Verdict.ALLOW && (rules.isEmpty() || rules.get(0).isUnconditional());
  }

  /**
   * The mean path, in instructions, with the same weight for each number; 0 if there is none. The
   * path of a number is the mean of those of the arguments that {@link #samples} has.
   */
  static double mean(Filter filter, ResolvedPolicy policy) {
    return policy.rules().keySet().stream()
        .filter(nr -> !isConstantAllow(policy, nr))
        .mapToDouble(
            nr ->
                samples(policy, nr).stream()
                    .mapToInt(call -> Emulator.run(filter, call).steps())
                    .average()
                    .orElseThrow())
        .average()
        .orElse(0);
  }

  /**
   * Calls whose arguments are 0, the values that the rules name, and the next ones on either side:
   * those that are allowed, or all if none is.
   */
  private static List<SeccompData> samples(ResolvedPolicy policy, int nr) {
    Map<Integer, Set<Long>> values = new TreeMap<>();
    policy.rules().get(nr).forEach(rule -> collect(rule.condition(), values));
    List<long[]> rows = new ArrayList<>(List.of(new long[6]));
    values.forEach(
        (argument, named) -> {
          List<long[]> before = List.copyOf(rows);
          rows.clear();
          for (long[] row : before) {
            for (long value : named) {
              long[] next = row.clone();
              next[argument] = value;
              rows.add(next);
            }
          }
          if (rows.size() > LIMIT) {
            throw new IllegalArgumentException("too many values of call " + nr);
          }
        });
    List<SeccompData> calls =
        rows.stream().map(row -> SeccompData.of(policy.architecture(), nr, row)).toList();
    List<SeccompData> allowed =
        calls.stream()
            .filter(call -> ReferenceInterpreter.decide(policy, call).value() == Verdict.ALLOW)
            .toList();
    return allowed.isEmpty() ? calls : allowed;
  }

  private static void collect(Expression condition, Map<Integer, Set<Long>> values) {
    if (condition instanceof Expression.Not not) {
      collect(not.part(), values);
    } else if (condition instanceof Expression.All all) {
      all.parts().forEach(part -> collect(part, values));
    } else if (condition instanceof Expression.Any any) {
      any.parts().forEach(part -> collect(part, values));
    } else if (condition instanceof Expression.Test test) {
      Set<Long> named = values.computeIfAbsent(test.argument(), a -> new TreeSet<>(List.of(0L)));
      long all = Expression.Test.allOnes(test.bits());
      for (long step = -1; step <= 1; step++) {
        named.add((test.value() + step) & all);
      }
    }
  }
}

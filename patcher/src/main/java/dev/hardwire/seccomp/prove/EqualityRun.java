package dev.hardwire.seccomp.prove;

import dev.hardwire.policy.Comparison;
import dev.hardwire.seccomp.Verdict;
import dev.hardwire.seccomp.resolve.Expression;
import dev.hardwire.seccomp.resolve.ResolvedRule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Consecutive rules of a call whose conditions differ only in the value with which they compare the
 * same bits of an argument for equality.
 *
 * <p>Thousands of such rules become one function at once. Rule by rule, each would add as many
 * nodes as the argument has bits.
 */
final class EqualityRun {
  /** Shorter runs are no use. */
  private static final int LEAST = 16;

  private final List<Expression> common;
  private final Expression.Test test;

  /** The first rule for each value. */
  private final TreeMap<Long, ResolvedRule> rules = new TreeMap<>(Long::compareUnsigned);

  private final List<ResolvedRule> all = new ArrayList<>();

  /** The values of {@link #rules}, compared by identity. */
  private final Set<ResolvedRule> firsts = Collections.newSetFromMap(new IdentityHashMap<>());

  private EqualityRun(Case one) {
    this.common = one.common;
    this.test = one.test;
  }

  /**
   * A condition as a comparison for equality and others, all of which must hold.
   *
   * @param common none of which is about the argument of {@code test}
   */
  private record Case(List<Expression> common, Expression.Test test) {
    /** The parts of a condition; the comparison is its last one or its first one. */
    static Optional<Case> of(Expression condition, boolean last) {
      List<Expression> parts =
          condition instanceof Expression.All all ? all.parts() : List.of(condition);
      int at = last ? parts.size() - 1 : 0;
      if (parts.isEmpty() || !(parts.get(at) instanceof Expression.Test test)) {
        return Optional.empty();
      }
      List<Expression> common = new ArrayList<>(parts);
      common.remove(at);
      boolean alone = common.stream().noneMatch(part -> uses(part, test.argument()));
      boolean isCase = alone && test.comparison() == Comparison.EQUAL && depends(test);
      return isCase ? Optional.of(new Case(common, test)) : Optional.empty();
    }

    boolean continues(Optional<Case> next) {
      return next.isPresent()
          && next.get().common.equals(common)
          && next.get().test.argument() == test.argument()
          && next.get().test.mask() == test.mask();
    }

    /** Whether it holds for some values, and not for all. */
    private static boolean depends(Expression.Test test) {
      return test.mask() != 0 && (test.value() & ~test.mask()) == 0;
    }

    private static boolean uses(Expression condition, int argument) {
      if (condition instanceof Expression.Test other) {
        return other.argument() == argument;
      } else if (condition instanceof Expression.Not not) {
        return uses(not.part(), argument);
      } else if (condition instanceof Expression.All all) {
        return all.parts().stream().anyMatch(part -> uses(part, argument));
      }
      return condition instanceof Expression.Any any
          && any.parts().stream().anyMatch(part -> uses(part, argument));
    }
  }

  /** The run that begins at an index, as long as it is. */
  static Optional<EqualityRun> from(List<ResolvedRule> rules, int from) {
    Optional<EqualityRun> last = from(rules, from, true);
    return last.isPresent() ? last : from(rules, from, false);
  }

  private static Optional<EqualityRun> from(List<ResolvedRule> rules, int from, boolean last) {
    Optional<Case> first = Case.of(rules.get(from).condition(), last);
    int end = from;
    while (first.isPresent()
        && end < rules.size()
        && first.get().continues(Case.of(rules.get(end).condition(), last))) {
      end++;
    }
    return end - from < LEAST
        ? Optional.empty()
        : Optional.of(of(first.get(), rules.subList(from, end), last));
  }

  /** The run that ends at an index, as long as it is. */
  static Optional<EqualityRun> upTo(List<ResolvedRule> rules, int last) {
    Optional<EqualityRun> run = upTo(rules, last, true);
    return run.isPresent() ? run : upTo(rules, last, false);
  }

  private static Optional<EqualityRun> upTo(List<ResolvedRule> rules, int end, boolean last) {
    Optional<Case> first = Case.of(rules.get(end).condition(), last);
    int from = end + 1;
    while (first.isPresent()
        && from > 0
        && first.get().continues(Case.of(rules.get(from - 1).condition(), last))) {
      from--;
    }
    return end + 1 - from < LEAST
        ? Optional.empty()
        : Optional.of(of(first.get(), rules.subList(from, end + 1), last));
  }

  private static EqualityRun of(Case first, List<ResolvedRule> rules, boolean last) {
    EqualityRun run = new EqualityRun(first);
    run.all.addAll(rules);
    for (ResolvedRule rule : rules) {
      long value = Case.of(rule.condition(), last).orElseThrow().test.value();
      run.rules.putIfAbsent(value, rule);
    }
    run.firsts.addAll(run.rules.values());
    return run;
  }

  /** All rules of the run, in order. */
  List<ResolvedRule> all() {
    return all;
  }

  /** Whether no earlier rule of the run has the same value as a rule of it. */
  boolean isFirst(ResolvedRule rule) {
    return firsts.contains(rule);
  }

  /** What the rules have in common beside the comparison. */
  Expression common() {
    return new Expression.All(common);
  }

  /** The function that is true for the values. */
  int values(Words words) {
    TreeMap<Long, Integer> leaves = new TreeMap<>(Long::compareUnsigned);
    rules.keySet().forEach(value -> leaves.put(value, Bdd.TRUE));
    return function(words, test, leaves, Bdd.FALSE);
  }

  /**
   * The verdicts of the rules; elsewhere {@code otherwise}.
   *
   * @param shared the function of {@link #common}
   */
  int decision(Words words, int shared, int otherwise) {
    TreeMap<Long, Integer> leaves = new TreeMap<>(Long::compareUnsigned);
    rules.forEach(
        (value, rule) ->
            leaves.put(value, words.bdd.leaf(Verdict.of(rule.rule().action()).value())));
    int verdicts = function(words, test, leaves, leaves.firstEntry().getValue());
    return words.bdd.choose(words.bdd.and(shared, values(words)), verdicts, otherwise);
  }

  /** Whether several parts of a condition can be a run; then the function that is their union. */
  static int union(Words words, List<Expression> parts) {
    if (parts.size() < LEAST || !(parts.get(0) instanceof Expression.Test first)) {
      return -1;
    }
    TreeMap<Long, Integer> leaves = new TreeMap<>(Long::compareUnsigned);
    for (Expression part : parts) {
      if (!(part instanceof Expression.Test next)
          || first.comparison() != Comparison.EQUAL
          || next.comparison() != Comparison.EQUAL
          || first.argument() != next.argument()
          || first.mask() != next.mask()) {
        return -1;
      }
      leaves.put(next.value(), Bdd.TRUE);
    }
    return function(words, first, leaves, Bdd.FALSE);
  }

  private static int function(
      Words words, Expression.Test test, Map<Long, Integer> leaves, int otherwise) {
    leaves.keySet().removeIf(value -> (value & ~test.mask()) != 0); // no call has such a value
    int[] bits = words.argument(test.argument());
    List<Map.Entry<Long, Integer>> sorted = List.copyOf(leaves.entrySet());
    return below(words.bdd, bits, test.mask(), Long.SIZE - 1, sorted, otherwise);
  }

  /** The function of the lowest bits, for values that have equal bits above them, in order. */
  private static int below(
      Bdd bdd,
      int[] bits,
      long mask,
      int highest,
      List<Map.Entry<Long, Integer>> leaves,
      int otherwise) {
    if (leaves.isEmpty()) {
      return otherwise;
    }
    int bit = highest;
    while (bit >= 0 && (mask >>> bit & 1) == 0) {
      bit--;
    }
    if (bit < 0) {
      return leaves.get(0).getValue();
    }
    int half = 0;
    while (half < leaves.size() && (leaves.get(half).getKey() >>> bit & 1) == 0) {
      half++;
    }
    int no = below(bdd, bits, mask, bit - 1, leaves.subList(0, half), otherwise);
    int yes = below(bdd, bits, mask, bit - 1, leaves.subList(half, leaves.size()), otherwise);
    return bdd.choose(bits[bit], yes, no);
  }
}

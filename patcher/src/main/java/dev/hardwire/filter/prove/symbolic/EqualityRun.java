package dev.hardwire.filter.prove.symbolic;

import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.resolve.Expression;
import dev.hardwire.filter.resolve.ResolvedRule;
import dev.hardwire.policy.Comparison;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToIntFunction;

/**
 * Consecutive rules of a call whose conditions differ only in the values with which they compare
 * the same bits of the same arguments for equality.
 */
final class EqualityRun extends RuleRun {
  private final Case shape;

  /** The first rule for each list of values. */
  private final TreeMap<List<Long>, ResolvedRule> rules = new TreeMap<>(EqualityRun::compare);

  private EqualityRun(Case shape, List<ResolvedRule> all) {
    super(all, shape.common);
    this.shape = shape;
    for (ResolvedRule rule : all) {
      rules.putIfAbsent(Case.of(rule.condition()).orElseThrow().values(), rule);
    }
    firsts.addAll(rules.values());
  }

  private static int compare(List<Long> one, List<Long> other) {
    int order = 0;
    for (int i = 0; i < one.size() && order == 0; i++) {
      order = Long.compareUnsigned(one.get(i), other.get(i));
    }
    return order;
  }

  /**
   * A condition as comparisons for equality and others, all of which must hold.
   *
   * @param common none of which is about an argument of {@code tests}
   * @param tests one or more, each of another argument, in the order of the arguments
   */
  private record Case(List<Expression> common, List<Expression.Test> tests) {
    static Optional<Case> of(Expression condition) {
      List<Expression> parts =
          condition instanceof Expression.All all ? all.parts() : List.of(condition);
      int[] uses = new int[6];
      for (Expression.Test test : condition.tests()) {
        uses[test.argument()]++;
      }
      List<Expression> common = new ArrayList<>();
      List<Expression.Test> tests = new ArrayList<>();
      for (Expression part : parts) {
        if (part instanceof Expression.Test test && isCase(test) && uses[test.argument()] == 1) {
          tests.add(test);
        } else {
          common.add(part);
        }
      }
      tests.sort((one, other) -> Integer.compare(one.argument(), other.argument()));
      return tests.isEmpty() ? Optional.empty() : Optional.of(new Case(common, tests));
    }

    List<Long> values() {
      return tests.stream().map(Expression.Test::value).toList();
    }

    boolean continues(Optional<Case> next) {
      boolean same =
          next.isPresent()
              && next.get().tests.size() == tests.size()
              && next.get().common.equals(common);
      for (int i = 0; same && i < tests.size(); i++) {
        Expression.Test other = next.get().tests.get(i);
        same = other.argument() == tests.get(i).argument() && other.mask() == tests.get(i).mask();
      }
      return same;
    }

    /** Whether a test is a comparison for equality that holds for some values, and not for all. */
    private static boolean isCase(Expression.Test test) {
      return test.comparison() == Comparison.EQUAL && test.mask() != 0 && !isNever(test);
    }
  }

  /** Whether a condition compares for equality with a value that the bits cannot have. */
  private static boolean isNever(Expression condition) {
    return condition instanceof Expression.Test test
        && test.comparison() == Comparison.EQUAL
        && (test.value() & ~test.mask()) != 0;
  }

  static Optional<RuleRun> beginningAt(List<ResolvedRule> rules, int from) {
    Optional<Case> first = Case.of(rules.get(from).condition());
    int end = from;
    while (first.isPresent()
        && end < rules.size()
        && first.get().continues(Case.of(rules.get(end).condition()))) {
      end++;
    }
    return of(first, rules.subList(from, end));
  }

  static Optional<RuleRun> endingAt(List<ResolvedRule> rules, int last) {
    Optional<Case> first = Case.of(rules.get(last).condition());
    int from = last + 1;
    while (first.isPresent()
        && from > 0
        && first.get().continues(Case.of(rules.get(from - 1).condition()))) {
      from--;
    }
    return of(first, rules.subList(from, last + 1));
  }

  private static Optional<RuleRun> of(Optional<Case> first, List<ResolvedRule> rules) {
    return rules.size() < LEAST
        ? Optional.empty()
        : first.map(shape -> new EqualityRun(shape, rules));
  }

  @Override
  public int values(Words words) {
    return values(words, shape, rules.keySet());
  }

  private static int values(Words words, Case shape, Collection<List<Long>> values) {
    TreeMap<List<Long>, Integer> leaves = new TreeMap<>(EqualityRun::compare);
    values.forEach(value -> leaves.put(value, Bdd.TRUE));
    return new Branches(words, shape.tests, Bdd.FALSE).of(leaves);
  }

  @Override
  public int decision(Words words, int shared, int otherwise) {
    TreeMap<List<Long>, Integer> leaves = new TreeMap<>(EqualityRun::compare);
    rules.forEach(
        (value, rule) ->
            leaves.put(value, words.bdd.leaf(Verdict.of(rule.rule().action()).value())));
    int verdicts = new Branches(words, shape.tests, leaves.firstEntry().getValue()).of(leaves);
    return words.bdd.choose(words.bdd.and(shared, values(words)), verdicts, otherwise);
  }

  /**
   * Whether several parts of a condition can be a run; then the function that is their union.
   *
   * @param condition the function of a condition that the parts have in common
   */
  static int union(Words words, List<Expression> parts, ToIntFunction<Expression> condition) {
    Optional<Case> first = parts.size() < LEAST ? Optional.empty() : Case.of(parts.get(0));
    if (first.isEmpty()) {
      return -1;
    }
    List<List<Long>> values = new ArrayList<>();
    for (Expression part : parts) {
      Optional<Case> next = Case.of(part);
      if (!isNever(part) && !first.get().continues(next)) {
        return -1;
      }
      next.ifPresent(one -> values.add(one.values()));
    }
    int common = condition.applyAsInt(new Expression.All(first.get().common));
    return words.bdd.and(common, values(words, first.get(), values));
  }

  /** Builds a function from its values. */
  private static final class Branches {
    private final Bdd bdd;
    private final List<int[]> bits;
    private final List<Expression.Test> tests;
    private final int otherwise;

    Branches(Words words, List<Expression.Test> tests, int otherwise) {
      this.bdd = words.bdd;
      this.tests = tests;
      this.bits = tests.stream().map(test -> words.argument(test.argument())).toList();
      this.otherwise = otherwise;
    }

    int of(SortedMap<List<Long>, Integer> leaves) {
      return below(0, Long.SIZE - 1, List.copyOf(leaves.entrySet()));
    }

    /**
     * The function of the lowest bits of an argument and all bits of later ones.
     *
     * @param leaves for values that have equal bits before them, in order
     */
    private int below(int argument, int highest, List<Map.Entry<List<Long>, Integer>> leaves) {
      if (leaves.isEmpty()) {
        return otherwise;
      }
      if (argument == tests.size()) {
        return leaves.get(0).getValue();
      }
      int bit = highest;
      while (bit >= 0 && (tests.get(argument).mask() >>> bit & 1) == 0) {
        bit--;
      }
      if (bit < 0) {
        return below(argument + 1, Long.SIZE - 1, leaves);
      }
      int half = 0;
      while (half < leaves.size() && (leaves.get(half).getKey().get(argument) >>> bit & 1) == 0) {
        half++;
      }
      int no = below(argument, bit - 1, leaves.subList(0, half));
      int yes = below(argument, bit - 1, leaves.subList(half, leaves.size()));
      return bdd.choose(bits.get(argument)[bit], yes, no);
    }
  }
}

package dev.hardwire.seccomp.prove;

import dev.hardwire.policy.Comparison;
import dev.hardwire.seccomp.Verdict;
import dev.hardwire.seccomp.resolve.Expression;
import dev.hardwire.seccomp.resolve.ResolvedRule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToIntFunction;

/**
 * Consecutive rules of a call whose conditions are intervals of one argument: comparisons by order,
 * all of which must hold.
 *
 * <p>Values are taken in their order: with the sign bit inverted if the argument has a sign, they
 * compare as unsigned numbers.
 */
final class IntervalRun implements RuleRun {
  /** What is compared. */
  private record Subject(int argument, int bits, boolean signed) {
    static Subject of(Expression.Test test) {
      return new Subject(test.argument(), test.bits(), test.signed());
    }

    long mask() {
      return bits == Long.SIZE ? -1 : (1L << bits) - 1;
    }

    long ordered(long value) {
      return signed ? value ^ 1L << (bits - 1) : value;
    }
  }

  /** Values from the first to the last one, which is not less. */
  private record Interval(long first, long last) {
    boolean holds(Interval other) {
      return Long.compareUnsigned(first, other.first) <= 0
          && Long.compareUnsigned(last, other.last) >= 0;
    }
  }

  private record Case(Subject subject, Interval interval) {
    /** Empty if a condition is not an interval, or holds for all values or for none. */
    static Optional<Case> of(Expression condition) {
      List<Expression> parts =
          condition instanceof Expression.All all ? all.parts() : List.of(condition);
      Subject subject = null;
      long first = 0;
      long last = -1;
      for (Expression part : parts) {
        if (!(part instanceof Expression.Test test)
            || (subject != null && !subject.equals(Subject.of(test)))) {
          return Optional.empty();
        }
        if (subject == null) {
          subject = Subject.of(test);
          last = subject.mask();
        }
        long value = subject.ordered(test.value());
        Comparison comparison = test.comparison();
        boolean isStrict = comparison == Comparison.LESS || comparison == Comparison.GREATER;
        boolean isUpper = comparison == Comparison.LESS || comparison == Comparison.LESS_OR_EQUAL;
        boolean isOrder = comparison != Comparison.EQUAL && comparison != Comparison.NOT_EQUAL;
        long edge = isUpper ? 0 : subject.mask();
        boolean isFull = test.mask() == subject.mask() && (test.value() & ~test.mask()) == 0;
        if (!isOrder || !isFull || (isStrict && value == edge)) {
          return Optional.empty();
        }
        if (isUpper) {
          last = least(last, isStrict ? value - 1 : value);
        } else {
          first = -1 - least(-1 - first, -1 - (isStrict ? value + 1 : value));
        }
      }
      boolean isSome = subject != null && Long.compareUnsigned(first, last) <= 0;
      return isSome && !(first == 0 && last == subject.mask())
          ? Optional.of(new Case(subject, new Interval(first, last)))
          : Optional.empty();
    }

    private static long least(long one, long other) {
      return Long.compareUnsigned(one, other) < 0 ? one : other;
    }

    boolean continues(ResolvedRule next) {
      return of(next.condition()).filter(other -> other.subject.equals(subject)).isPresent();
    }
  }

  private record Piece(Interval interval, ResolvedRule rule) {}

  private final Subject subject;
  private final List<ResolvedRule> all;

  /** The values that rules decide, in order; those that no rule matches are missing. */
  private final List<Piece> pieces = new ArrayList<>();

  private final Set<ResolvedRule> firsts = Collections.newSetFromMap(new IdentityHashMap<>());

  private IntervalRun(Subject subject, List<ResolvedRule> all) {
    this.subject = subject;
    this.all = List.copyOf(all);
    NavigableMap<Long, Long> decided = new TreeMap<>(Long::compareUnsigned);
    for (ResolvedRule rule : all) {
      add(rule, Case.of(rule.condition()).orElseThrow().interval, decided);
    }
    pieces.sort(Comparator.comparing(piece -> piece.interval.first, Long::compareUnsigned));
  }

  /**
   * Gives a rule the values that no earlier rule has.
   *
   * @param decided the last value for each first value of intervals that have gaps between them
   */
  private void add(ResolvedRule rule, Interval interval, NavigableMap<Long, Long> decided) {
    long first = interval.first;
    long last = interval.last;
    long gap = first; // the first value that may not be decided
    boolean isOpen = true;
    Map.Entry<Long, Long> before = decided.floorEntry(first);
    if (before != null && Long.compareUnsigned(before.getValue(), first) >= 0) {
      first = before.getKey();
      isOpen = Long.compareUnsigned(before.getValue(), last) < 0;
      gap = before.getValue() + 1;
      last = isOpen ? last : before.getValue();
      decided.remove(before.getKey());
    }
    Map.Entry<Long, Long> next = decided.ceilingEntry(first);
    while (isOpen && next != null && Long.compareUnsigned(next.getKey(), last) <= 0) {
      if (gap != next.getKey()) {
        piece(gap, next.getKey() - 1, rule);
      }
      isOpen = Long.compareUnsigned(next.getValue(), last) < 0;
      gap = next.getValue() + 1;
      last = isOpen ? last : next.getValue();
      decided.remove(next.getKey());
      next = decided.ceilingEntry(first);
    }
    if (isOpen) {
      piece(gap, last, rule);
    }
    decided.put(first, last);
  }

  private void piece(long first, long last, ResolvedRule rule) {
    pieces.add(new Piece(new Interval(first, last), rule));
    firsts.add(rule);
  }

  static Optional<RuleRun> from(List<ResolvedRule> rules, int from) {
    Optional<Case> first = Case.of(rules.get(from).condition());
    int end = from;
    while (first.isPresent() && end < rules.size() && first.get().continues(rules.get(end))) {
      end++;
    }
    return of(first, rules.subList(from, end));
  }

  static Optional<RuleRun> upTo(List<ResolvedRule> rules, int last) {
    Optional<Case> first = Case.of(rules.get(last).condition());
    int from = last + 1;
    while (first.isPresent() && from > 0 && first.get().continues(rules.get(from - 1))) {
      from--;
    }
    return of(first, rules.subList(from, last + 1));
  }

  private static Optional<RuleRun> of(Optional<Case> first, List<ResolvedRule> rules) {
    return rules.size() < LEAST
        ? Optional.empty()
        : first.map(one -> new IntervalRun(one.subject, rules));
  }

  @Override
  public List<ResolvedRule> all() {
    return all;
  }

  @Override
  public boolean isFirst(ResolvedRule rule) {
    return firsts.contains(rule);
  }

  @Override
  public Expression common() {
    return new Expression.Constant(true);
  }

  @Override
  public int values(Words words) {
    return new Branches(words, Bdd.FALSE, rule -> Bdd.TRUE).of();
  }

  @Override
  public int decision(Words words, int shared, int otherwise) {
    ToIntFunction<ResolvedRule> verdict =
        rule -> words.bdd.leaf(Verdict.of(rule.rule().action()).value());
    int verdicts = new Branches(words, verdict.applyAsInt(all.get(0)), verdict).of();
    return words.bdd.choose(words.bdd.and(shared, values(words)), verdicts, otherwise);
  }

  /** Builds a function of the argument. */
  private final class Branches {
    private final Bdd bdd;
    private final int[] argument;
    private final int otherwise;
    private final ToIntFunction<ResolvedRule> leaf;

    Branches(Words words, int otherwise, ToIntFunction<ResolvedRule> leaf) {
      this.bdd = words.bdd;
      this.argument = words.argument(subject.argument);
      this.otherwise = otherwise;
      this.leaf = leaf;
    }

    int of() {
      return below(subject.bits - 1, 0, pieces);
    }

    /**
     * The function of a bit and those below it.
     *
     * @param first the value with the bits above, in order, and zeros
     * @param inside the pieces with values that have these bits
     */
    private int below(int bit, long first, List<Piece> inside) {
      if (inside.isEmpty()) {
        return otherwise;
      }
      long last = first | (bit == Long.SIZE - 1 ? -1 : (1L << (bit + 1)) - 1);
      if (inside.get(0).interval.holds(new Interval(first, last))) {
        return leaf.applyAsInt(inside.get(0).rule);
      }
      long middle = first | 1L << bit;
      int half = 0;
      while (half < inside.size()
          && Long.compareUnsigned(inside.get(half).interval.first, middle) < 0) {
        half++;
      }
      boolean isShared =
          half > 0 && Long.compareUnsigned(inside.get(half - 1).interval.last, middle) >= 0;
      int low = below(bit - 1, first, inside.subList(0, half));
      int high = below(bit - 1, middle, inside.subList(isShared ? half - 1 : half, inside.size()));
      boolean isSign = subject.signed && bit == subject.bits - 1;
      return bdd.choose(argument[bit], isSign ? low : high, isSign ? high : low);
    }
  }
}

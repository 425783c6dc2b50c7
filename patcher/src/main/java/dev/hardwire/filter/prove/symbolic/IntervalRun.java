package dev.hardwire.filter.prove.symbolic;

import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.resolve.Expression;
import dev.hardwire.filter.resolve.ResolvedRule;
import dev.hardwire.policy.Comparison;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToIntFunction;

/**
 * Consecutive rules of a call whose conditions are intervals of one argument: comparisons by order
 * or for equality, all of which must hold, and others that all the rules have in common.
 *
 * <p>Values are taken in their order: with the sign bit inverted if the argument has a sign, they
 * compare as unsigned numbers.
 */
final class IntervalRun extends RuleRun {
  /**
   * Some values.
   *
   * @param rule that decides them
   */
  private record Piece(IntervalCase.Interval interval, Optional<ResolvedRule> rule) {}

  private final IntervalCase.Subject subject;

  /** The values that rules decide, in order; those that no rule matches are missing. */
  private final List<Piece> pieces = new ArrayList<>();

  private IntervalRun(
      IntervalCase shape, List<ResolvedRule> all, List<IntervalCase.Interval> intervals) {
    super(all, shape.common());
    this.subject = shape.subject();
    NavigableMap<Long, Long> decided = new TreeMap<>(Long::compareUnsigned);
    for (int i = 0; i < intervals.size(); i++) {
      Optional<ResolvedRule> rule = all.isEmpty() ? Optional.empty() : Optional.of(all.get(i));
      add(rule, intervals.get(i), decided);
    }
    pieces.sort((one, other) -> Long.compareUnsigned(one.interval.first(), other.interval.first()));
  }

  /**
   * Gives a rule the values that no earlier rule has.
   *
   * @param decided the last value for each first value of intervals that have gaps between them
   */
  private void add(
      Optional<ResolvedRule> rule,
      IntervalCase.Interval interval,
      NavigableMap<Long, Long> decided) {
    long first = interval.first();
    long last = interval.last();
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

  private void piece(long first, long last, Optional<ResolvedRule> rule) {
    pieces.add(new Piece(new IntervalCase.Interval(first, last), rule));
    rule.ifPresent(firsts::add);
  }

  static Optional<RuleRun> beginningAt(List<ResolvedRule> rules, int from) {
    Optional<IntervalCase> first = IntervalCase.ofSome(rules.get(from).condition());
    int end = from;
    while (first.isPresent() && end < rules.size() && first.get().continues(rules.get(end))) {
      end++;
    }
    return of(first, rules.subList(from, end));
  }

  static Optional<RuleRun> endingAt(List<ResolvedRule> rules, int last) {
    Optional<IntervalCase> first = IntervalCase.ofSome(rules.get(last).condition());
    int from = last + 1;
    while (first.isPresent() && from > 0 && first.get().continues(rules.get(from - 1))) {
      from--;
    }
    return of(first, rules.subList(from, last + 1));
  }

  private static Optional<RuleRun> of(Optional<IntervalCase> first, List<ResolvedRule> rules) {
    return rules.size() < LEAST
        ? Optional.empty()
        : first.map(one -> new IntervalRun(one, rules, intervals(rules)));
  }

  private static List<IntervalCase.Interval> intervals(List<ResolvedRule> rules) {
    return rules.stream()
        .map(
            rule -> IntervalCase.of(rule.condition()).flatMap(IntervalCase::interval).orElseThrow())
        .toList();
  }

  /**
   * The function that is true where at least one of several parts of a condition holds, or -1 if
   * these are few, or not all intervals of one argument.
   *
   * @param condition the function of a condition that the parts have in common
   */
  static int union(Words words, List<Expression> parts, ToIntFunction<Expression> condition) {
    Optional<IntervalCase> first =
        parts.size() < LEAST ? Optional.empty() : IntervalCase.of(parts.get(0));
    List<IntervalCase.Interval> intervals = new ArrayList<>();
    for (Expression part : first.isEmpty() ? List.<Expression>of() : parts) {
      Optional<IntervalCase> next = IntervalCase.of(part);
      if (next.isEmpty() || !first.get().isAlike(next.get())) {
        return -1;
      }
      next.get().interval().ifPresent(intervals::add);
    }
    if (first.isEmpty()) {
      return -1;
    }
    IntervalRun run = new IntervalRun(first.get(), List.of(), intervals);
    return words.bdd.and(condition.applyAsInt(run.common()), run.values(words));
  }

  @Override
  public int values(Words words) {
    return new Branches(words, Bdd.FALSE, piece -> Bdd.TRUE).of();
  }

  @Override
  public int decision(Words words, int shared, int otherwise) {
    ToIntFunction<Piece> verdict =
        piece -> words.bdd.leaf(Verdict.of(piece.rule.orElseThrow().rule().action()).value());
    int verdicts = new Branches(words, verdict.applyAsInt(pieces.get(0)), verdict).of();
    return words.bdd.choose(words.bdd.and(shared, values(words)), verdicts, otherwise);
  }

  /** Builds a function of the argument. */
  private final class Branches {
    private final Bdd bdd;
    private final int[] argument;
    private final int otherwise;
    private final ToIntFunction<Piece> leaf;

    Branches(Words words, int otherwise, ToIntFunction<Piece> leaf) {
      this.bdd = words.bdd;
      this.argument = words.argument(subject.argument());
      this.otherwise = otherwise;
      this.leaf = leaf;
    }

    int of() {
      return below(subject.bits() - 1, 0, pieces);
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
      if (inside.get(0).interval.holds(new IntervalCase.Interval(first, last))) {
        return leaf.applyAsInt(inside.get(0));
      }
      long middle = first | 1L << bit;
      int half = 0;
      while (half < inside.size()
          && Long.compareUnsigned(inside.get(half).interval.first(), middle) < 0) {
        half++;
      }
      boolean isShared =
          half > 0 && Long.compareUnsigned(inside.get(half - 1).interval.last(), middle) >= 0;
      int low = below(bit - 1, first, inside.subList(0, half));
      int high = below(bit - 1, middle, inside.subList(isShared ? half - 1 : half, inside.size()));
      boolean isSign = subject.signed() && bit == subject.bits() - 1;
      return bdd.choose(argument[bit], isSign ? low : high, isSign ? high : low);
    }
  }

  /**
   * A condition that holds for an interval of values of one argument, and depends on others only by
   * what it may have in common with other conditions.
   *
   * @param common none of which is about the argument
   * @param interval the values for which the rest holds; empty for none
   */
  private record IntervalCase(
      Subject subject, List<Expression> common, Optional<Interval> interval) {
    /** What is compared. */
    record Subject(int argument, int bits, boolean signed) {
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
    record Interval(long first, long last) {
      boolean holds(Interval other) {
        return Long.compareUnsigned(first, other.first) <= 0
            && Long.compareUnsigned(last, other.last) >= 0;
      }
    }

    /** Empty if the condition is not an interval. */
    static Optional<IntervalCase> of(Expression condition) {
      List<Expression> parts =
          condition instanceof Expression.All all ? all.parts() : List.of(condition);
      Optional<Subject> subject = subject(parts);
      List<Expression> common = new ArrayList<>();
      long first = 0;
      long last = subject.map(Subject::mask).orElse(0L);
      boolean isNone = false;
      for (Expression part : subject.isEmpty() ? List.<Expression>of() : parts) {
        if (!part.tests(subject.get().argument)) {
          common.add(part);
          continue;
        }
        if (!(part instanceof Expression.Test test)
            || test.comparison() == Comparison.NOT_EQUAL
            || !test.isWhole()
            || !subject.get().equals(Subject.of(test))) {
          return Optional.empty();
        }
        long value = subject.get().ordered(test.value());
        Comparison comparison = test.comparison();
        boolean isStrict = comparison == Comparison.LESS || comparison == Comparison.GREATER;
        boolean isUpper = comparison == Comparison.LESS || comparison == Comparison.LESS_OR_EQUAL;
        boolean isEqual = comparison == Comparison.EQUAL;
        isNone |= isStrict && value == (isUpper ? 0 : subject.get().mask());
        if (isUpper || isEqual) {
          last = least(last, isStrict ? value - 1 : value);
        }
        if (!isUpper) {
          first = -1 - least(-1 - first, -1 - (isStrict ? value + 1 : value));
        }
      }
      isNone |= Long.compareUnsigned(first, last) > 0;
      Optional<Interval> interval =
          isNone ? Optional.empty() : Optional.of(new Interval(first, last));
      return subject.map(one -> new IntervalCase(one, common, interval));
    }

    /** That of a comparison by order, or else of one for equality. */
    private static Optional<Subject> subject(List<Expression> parts) {
      Optional<Subject> equal = Optional.empty();
      for (Expression part : parts) {
        if (part instanceof Expression.Test test && test.comparison() != Comparison.NOT_EQUAL) {
          if (test.comparison() != Comparison.EQUAL) {
            return Optional.of(Subject.of(test));
          }
          equal = equal.or(() -> Optional.of(Subject.of(test)));
        }
      }
      return equal;
    }

    /** Those that hold for some values, and not for others. */
    static Optional<IntervalCase> ofSome(Expression condition) {
      return of(condition)
          .filter(
              one ->
                  one.interval
                      .filter(values -> values.first != 0 || values.last != one.subject.mask())
                      .isPresent());
    }

    private static long least(long one, long other) {
      return Long.compareUnsigned(one, other) < 0 ? one : other;
    }

    boolean continues(ResolvedRule next) {
      return ofSome(next.condition()).filter(this::isAlike).isPresent();
    }

    boolean isAlike(IntervalCase other) {
      return subject.equals(other.subject) && common.equals(other.common);
    }
  }
}

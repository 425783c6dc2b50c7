package dev.hardwire.filter.prove.symbolic;

import dev.hardwire.filter.resolve.Expression;
import dev.hardwire.filter.resolve.ResolvedRule;
import dev.hardwire.policy.Comparison;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A condition that holds for an interval of values of one argument, and depends on others only by
 * what it may have in common with other conditions.
 *
 * @param common none of which is about the argument
 * @param interval the values for which the rest holds; empty for none
 */
record IntervalCase(Subject subject, List<Expression> common, Optional<Interval> interval) {
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

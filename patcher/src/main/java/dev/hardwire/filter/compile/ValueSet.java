package dev.hardwire.filter.compile;

import dev.hardwire.filter.resolve.Expression;
import dev.hardwire.policy.Comparison;
import java.util.ArrayList;
import java.util.List;

/**
 * A set of unsigned numbers as intervals.
 *
 * <p>Invariant: intervals are in ascending unsigned order, do not touch each other, and include
 * both ends.
 */
record ValueSet(List<Interval> intervals) {
  /** Includes both ends; unsigned 64 bits. */
  record Interval(long from, long to) {}

  ValueSet {
    intervals = List.copyOf(intervals);
  }

  /** The {@code bits}-bit values of an operand for which a test holds. */
  static ValueSet of(Expression.Test test) {
    long last = Expression.Test.allOnes(test.bits());
    long sign = test.signed() ? 1L << (test.bits() - 1) : 0;
    // Adding the sign bit turns signed order into unsigned order.
    List<Interval> ordered = ordered(test.comparison(), test.value() ^ sign, last);
    List<Interval> result = new ArrayList<>();
    for (Interval interval : ordered) {
      boolean crosses =
          Long.compareUnsigned(interval.from, sign) < 0
              && Long.compareUnsigned(interval.to, sign) >= 0;
      if (crosses) {
        result.add(new Interval(interval.from ^ sign, last));
        result.add(new Interval(0, interval.to ^ sign));
      } else {
        result.add(new Interval(interval.from ^ sign, interval.to ^ sign));
      }
    }
    return normalized(result);
  }

  private static List<Interval> ordered(Comparison comparison, long value, long last) {
    List<Interval> below = value == 0 ? List.of() : List.of(new Interval(0, value - 1));
    List<Interval> above = value == last ? List.of() : List.of(new Interval(value + 1, last));
    return switch (comparison) {
      case EQUAL -> List.of(new Interval(value, value));
      case NOT_EQUAL -> {
        List<Interval> both = new ArrayList<>(below);
        both.addAll(above);
        yield both;
      }
      case LESS -> below;
      case LESS_OR_EQUAL -> List.of(new Interval(0, value));
      case GREATER -> above;
      case GREATER_OR_EQUAL -> List.of(new Interval(value, last));
    };
  }

  /** The union of the sets. */
  static ValueSet all(List<ValueSet> sets) {
    return normalized(sets.stream().flatMap(set -> set.intervals.stream()).toList());
  }

  static ValueSet common(List<ValueSet> sets) {
    return all(sets.stream().map(ValueSet::others).toList()).others();
  }

  /** The values that are not in the set, of 64 bits. */
  private ValueSet others() {
    List<Interval> result = new ArrayList<>();
    long next = 0;
    for (Interval interval : intervals) {
      if (interval.from != next) {
        result.add(new Interval(next, interval.from - 1));
      }
      next = interval.to + 1;
      if (next == 0) {
        return new ValueSet(result);
      }
    }
    result.add(new Interval(next, -1));
    return new ValueSet(result);
  }

  private static ValueSet normalized(List<Interval> intervals) {
    List<Interval> sorted = new ArrayList<>(intervals);
    sorted.sort((a, b) -> Long.compareUnsigned(a.from, b.from));
    List<Interval> merged = new ArrayList<>();
    for (Interval interval : sorted) {
      int end = merged.size() - 1;
      Interval before = end < 0 ? null : merged.get(end);
      boolean joins =
          before != null
              && (before.to == -1 || Long.compareUnsigned(interval.from, before.to + 1) <= 0);
      if (!joins) {
        merged.add(interval);
      } else if (Long.compareUnsigned(interval.to, before.to) > 0) {
        merged.set(end, new Interval(before.from, interval.to));
      }
    }
    return new ValueSet(merged);
  }

  boolean contains(long value) {
    int first = 0;
    int last = intervals.size() - 1;
    while (first < last) {
      int middle = (first + last) >>> 1;
      if (Long.compareUnsigned(intervals.get(middle).to, value) < 0) {
        first = middle + 1;
      } else {
        last = middle;
      }
    }
    return last >= 0
        && Long.compareUnsigned(intervals.get(first).from, value) <= 0
        && Long.compareUnsigned(value, intervals.get(first).to) <= 0;
  }
}

package dev.hardwire.filter.resolve;

import dev.hardwire.policy.Comparison;
import java.util.ArrayList;
import java.util.List;

/** A condition with all names resolved, which only contains arithmetic on registers. */
public sealed interface Expression
    permits Expression.Constant, Expression.Test, Expression.All, Expression.Any, Expression.Not {
  /** What it is joined of, or negates. */
  default List<Expression> parts() {
    return List.of();
  }

  /** All comparisons, from the first to the last. */
  default List<Test> tests() {
    List<Test> tests = new ArrayList<>();
    addTo(tests);
    return tests;
  }

  private void addTo(List<Test> tests) {
    if (this instanceof Test test) {
      tests.add(test);
    }
    for (Expression part : parts()) {
      part.addTo(tests);
    }
  }

  /** Whether a comparison is about an argument. */
  default boolean tests(int argument) {
    if (this instanceof Test test) {
      return test.argument() == argument;
    }
    for (Expression part : parts()) {
      if (part.tests(argument)) {
        return true;
      }
    }
    return false;
  }

  /** Always or never true. */
  record Constant(boolean value) implements Expression {}

  /** All parts are true. */
  record All(List<Expression> parts) implements Expression {
    public All {
      parts = List.copyOf(parts);
    }
  }

  /** At least one part is true. */
  record Any(List<Expression> parts) implements Expression {
    public Any {
      parts = List.copyOf(parts);
    }
  }

  /** The negation of a part. */
  record Not(Expression part) implements Expression {
    @Override
    public List<Expression> parts() {
      return List.of(part);
    }
  }

  /**
   * A comparison: the lowest {@code bits} bits of the register, those of {@code mask}, against
   * {@code value}.
   *
   * <p>Invariants: mask and value fit {@code bits}; the comparison is unsigned, unless {@code
   * signed}, where the mask has all bits and the top bit is a sign.
   *
   * @param argument 0 to 5
   * @param bits 16, 32 or 64
   * @param value the constant; bits above {@code bits} are zero, even if it is signed
   */
  record Test(int argument, int bits, boolean signed, long mask, Comparison comparison, long value)
      implements Expression {
    public Test {
      long all = allOnes(bits);
      if ((mask & ~all) != 0 || (value & ~all) != 0 || (signed && mask != all)) {
        throw new IllegalArgumentException("mask or value does not fit " + bits + " bits");
      }
    }

    /** The value of that many bits, all set. */
    public static long allOnes(int bits) {
      return bits == Long.SIZE ? -1 : (1L << bits) - 1;
    }

    /** The same comparison of another argument. */
    Test on(int other) {
      return new Test(other, bits, signed, mask, comparison, value);
    }

    public boolean holds(long register) {
      long left = register & mask;
      int unused = Long.SIZE - bits;
      int order =
          signed
              ? Long.compare(left << unused >> unused, value << unused >> unused)
              : Long.compareUnsigned(left, value);
      return switch (comparison) {
        case EQUAL -> order == 0;
        case NOT_EQUAL -> order != 0;
        case LESS -> order < 0;
        case LESS_OR_EQUAL -> order <= 0;
        case GREATER -> order > 0;
        case GREATER_OR_EQUAL -> order >= 0;
      };
    }

    public boolean isWhole() {
      return mask == allOnes(bits);
    }
  }
}

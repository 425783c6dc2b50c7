package dev.hardwire.derive.flow;

import java.util.Optional;

/**
 * What a register or a place in memory has on one way through a program.
 *
 * @param kind what the number means
 * @param file of an address
 * @param number the number, the address in its file, or the distance from where the stack pointer
 *     was when the first function was entered
 */
public record Word(Kind kind, int file, long number) {
  /** What a word is. */
  public enum Kind {
    /** Anything. */
    UNKNOWN,
    /** A number. */
    NUMBER,
    /** An address of a file. */
    ADDRESS,
    /** A place on the stack. */
    STACK
  }

  /** Added to places on the stack, so that those on both sides of the start compare rightly. */
  private static final long MIDDLE = 1L << 60;

  /** A word that may be anything. */
  public static final Word UNKNOWN = new Word(Kind.UNKNOWN, 0, 0);

  /** A number. */
  public static Word number(long value) {
    return new Word(Kind.NUMBER, 0, value);
  }

  public static Word address(int file, long address) {
    return new Word(Kind.ADDRESS, file, address);
  }

  public static Word stack(long offset) {
    return new Word(Kind.STACK, 0, offset);
  }

  public boolean is(Kind other) {
    return kind == other;
  }

  public Word plus(long addend) {
    return is(Kind.UNKNOWN) ? this : new Word(kind, file, number + addend);
  }

  /** The sum; unknown if none of the two is a number. */
  public Word plus(Word other) {
    return other.is(Kind.NUMBER)
        ? plus(other.number)
        : is(Kind.NUMBER) ? other.plus(number) : UNKNOWN;
  }

  /** The lower bytes, zero-extended. */
  public Word low(int size) {
    if (size == Long.BYTES) {
      return this;
    }
    return is(Kind.NUMBER) ? number(number & PossibleBits.mask(size)) : UNKNOWN;
  }

  /**
   * What a comparison of two words says.
   *
   * @param test whether it is {@code test}, which joins the operands by and
   * @param size of the operands in bytes
   * @return empty if that is not known
   */
  public static Optional<FlagTest> compare(boolean test, Word left, Word right, int size) {
    if (left.is(Kind.NUMBER) && right.is(Kind.NUMBER)) {
      return Optional.of(new FlagTest(test, left.number, right.number, size));
    }
    boolean pointers = left.isPointer() && size == Long.BYTES;
    if (pointers && test && left.equals(right)) {
      return Optional.of(new FlagTest(false, 1, 0, size)); // no object is at address 0
    }
    if (pointers && !test && right.equals(number(0))) {
      return Optional.of(new FlagTest(false, 1, 0, size));
    }
    return pointers && !test && left.kind == right.kind && left.file == right.file
        ? Optional.of(new FlagTest(false, left.number + MIDDLE, right.number + MIDDLE, size))
        : Optional.empty();
  }

  private boolean isPointer() {
    return is(Kind.ADDRESS) || is(Kind.STACK);
  }
}

package dev.hardwire.policy;

import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * A number as an author writes it: digits, a name, names joined by {@code |}, or a complement.
 *
 * <p>Equality ignores positions and the notation of digits.
 */
public sealed interface Constant
    permits Constant.Literal, Constant.Symbol, Constant.Union, Constant.Complement {
  /**
   * Where the constant is.
   *
   * @return the position in the policy file
   */
  Position position();

  /**
   * Digits.
   *
   * @param bits the value, 64 bits in two's complement
   * @param negative whether it was written with a minus sign: the value then is -2^63 to -1, and
   *     otherwise 0 to 2^64-1
   * @param position in the policy file
   */
  record Literal(long bits, boolean negative, Position position) implements Constant {
    /**
     * Checks the components.
     *
     * @param bits the value, 64 bits in two's complement
     * @param negative whether it was written with a minus sign: the value then is -2^63 to -1, and
     *     otherwise 0 to 2^64-1
     * @param position see the record
     */
    public Literal {
      if (negative && bits >= 0) {
        throw new IllegalArgumentException(bits + " is not negative");
      }
    }

    /**
     * A number from 0 to 2^64-1 without a position in a file.
     *
     * @param bits all 64 bits of the value
     * @return the constant
     */
    public static Literal of(long bits) {
      return new Literal(bits, false, Position.NONE);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Literal that && bits == that.bits && negative == that.negative;
    }

    @Override
    public int hashCode() {
      return Objects.hash(bits, negative);
    }

    /** Decimal if it is small, hexadecimal otherwise. */
    @Override
    public String toString() {
      if (negative) {
        return Long.toString(bits);
      }
      return bits >= 0 && bits < 1000 ? Long.toString(bits) : "0x" + Long.toHexString(bits);
    }
  }

  /**
   * A name such as {@code AF_INET}.
   *
   * @param name as it is written
   * @param position in the policy file
   */
  record Symbol(String name, Position position) implements Constant {
    @Override
    public boolean equals(Object other) {
      return other instanceof Symbol that && name.equals(that.name);
    }

    @Override
    public int hashCode() {
      return name.hashCode();
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /**
   * The bits of all parts.
   *
   * @param parts two or more
   */
  record Union(List<Constant> parts) implements Constant {
    /**
     * Checks the components.
     *
     * @param parts see the record
     */
    public Union {
      parts = List.copyOf(parts);
    }

    @Override
    public Position position() {
      return parts.get(0).position();
    }

    @Override
    public String toString() {
      return parts.stream().map(Object::toString).collect(Collectors.joining(" | ", "(", ")"));
    }
  }

  /**
   * All bits but those of a constant.
   *
   * @param part the constant
   */
  record Complement(Constant part) implements Constant {
    @Override
    public Position position() {
      return part.position();
    }

    @Override
    public String toString() {
      return "~" + part;
    }
  }
}

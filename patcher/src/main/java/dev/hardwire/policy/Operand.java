package dev.hardwire.policy;

import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * The argument in a comparison, optionally read in another width, and optionally masked.
 *
 * <p>Equality ignores the position.
 *
 * @param argument a name, or {@code arg0} to {@code arg5}
 * @param view how the register is read; empty for the way the kernel reads it
 * @param mask the relevant bits; empty for all
 * @param position in the policy file
 */
public record Operand(
    String argument, Optional<View> view, Optional<Constant> mask, Position position) {
  /** A way to read a register. */
  public enum View {
    /** Signed, the low 32 bits. */
    I32,
    /** Unsigned, the low 32 bits. */
    U32,
    /** Signed, 64 bits. */
    I64,
    /** Unsigned, 64 bits. */
    U64,
    /** The width that the kernel uses, but always unsigned. */
    UNSIGNED;

    /** Its text in a policy, such as {@code u64}. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Checks the components.
   *
   * @param argument a name, or {@code arg0} to {@code arg5}
   * @param view how the register is read; empty for the way the kernel reads it
   * @param mask the bits that count; empty for all / public
   * @param position see the record
   */
  public Operand {
    Objects.requireNonNull(argument);
    Objects.requireNonNull(position);
  }

  /**
   * The whole argument, as the kernel reads it.
   *
   * @param argument the name of the argument
   * @return the operand
   */
  public static Operand of(String argument) {
    return new Operand(argument, Optional.empty(), Optional.empty(), Position.NONE);
  }

  /**
   * The same operand, read in another way.
   *
   * @param newView how the value is read
   * @return a new operand
   */
  public Operand withView(View newView) {
    return new Operand(argument, Optional.of(newView), mask, position);
  }

  /**
   * The same operand with a mask.
   *
   * @param newMask the bits that are compared
   * @return a new operand
   */
  public Operand withMask(Constant newMask) {
    return new Operand(argument, view, Optional.of(newMask), position);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Operand that
        && argument.equals(that.argument)
        && view.equals(that.view)
        && mask.equals(that.mask);
  }

  @Override
  public int hashCode() {
    return Objects.hash(argument, view, mask);
  }

  @Override
  public String toString() {
    String read = view.map(v -> v + "(" + argument + ")").orElse(argument);
    return mask.map(m -> "(" + read + " & " + m + ")").orElse(read);
  }
}

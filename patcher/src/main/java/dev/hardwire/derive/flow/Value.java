package dev.hardwire.derive.flow;

import dev.hardwire.derive.flow.Atom.Base;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The values that a register may have: some atoms, or any value at all.
 *
 * <p>Invariant: not more than {@value #LIMIT} atoms.
 */
public final class Value {
  /** Any value. */
  public static final Value ANY = new Value(List.of());

  private static final int LIMIT = 40;

  private final List<Atom> atoms;

  private Value(List<Atom> atoms) {
    this.atoms = atoms;
  }

  static Value of(Atom atom) {
    return new Value(List.of(atom));
  }

  static Value constant(long value) {
    return of(Atom.constant(value));
  }

  /** Whether it may be any value. */
  public boolean isAny() {
    return atoms.isEmpty();
  }

  /** The possible values; empty if any is. */
  public List<Atom> atoms() {
    return Collections.unmodifiableList(atoms);
  }

  /** The only possible value; null if there are several. */
  Atom single() {
    return atoms.size() == 1 ? atoms.get(0) : null;
  }

  /** What it may be if it is one of two. */
  Value or(Value other) {
    if (isAny() || other.isAny()) {
      return ANY;
    }
    if (atoms.containsAll(other.atoms)) {
      return this;
    }
    List<Atom> all = new ArrayList<>(atoms);
    for (Atom atom : other.atoms) {
      if (!all.contains(atom)) {
        all.add(atom);
      }
    }
    return all.size() > LIMIT ? ANY : new Value(all);
  }

  /** The values that an operation makes of these; any if it makes null of one. */
  Value map(UnaryOperator<Atom> operation) {
    Value result = null;
    for (Atom atom : atoms) {
      Atom made = operation.apply(atom);
      if (made == null) {
        return ANY;
      }
      result = result == null ? of(made) : result.or(of(made));
    }
    return result == null ? ANY : result;
  }

  /** The sum with a number. */
  public Value plus(long addend) {
    return addend == 0 ? this : map(atom -> atom.is(Base.TABLE) ? null : atom.plus(addend));
  }

  /** The lower 32 bits, zero-extended. Arguments are taken as they are: numbers are small. */
  Value low() {
    return map(
        atom ->
            switch (atom.base()) {
              case CONSTANT -> Atom.constant(atom.offset() & 0xffff_ffffL);
              case STACK -> null;
              default -> atom;
            });
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Value that
        && atoms.size() == that.atoms.size()
        && atoms.containsAll(that.atoms);
  }

  @Override
  public int hashCode() {
    return atoms.size();
  }

  @Override
  public String toString() {
    return isAny() ? "any" : atoms.toString();
  }
}

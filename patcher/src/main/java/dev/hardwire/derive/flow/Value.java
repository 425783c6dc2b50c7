package dev.hardwire.derive.flow;

import dev.hardwire.derive.flow.Atom.Base;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;

/**
 * The values that a register may have: some atoms, or any value at all. Of a register that may have
 * any value it is still known which addresses may be among them, so that none of them gets out
 * unseen.
 *
 * <p>Invariant: the atoms are in order, each once, not more than {@value #LIMIT}.
 */
public final class Value {
  static final int LIMIT = 40;
  private static final long LOW_BYTE = 0xff;
  private static final Atom[] NONE = new Atom[0];
  private static final long[] NO_NUMBERS = {};

  /** Any value that nothing in the function names. */
  public static final Value ANY = new Value(NONE, true, false);

  /** The same, or an address of the stack. */
  private static final Value ANY_OR_STACK = new Value(NONE, true, false, true, -1, false);

  /** Any value, among them all addresses that the function knows. */
  static final Value ALL = new Value(NONE, true, true, true, -1, false);

  private final Atom[] atoms;
  private final boolean any;
  private final boolean all;

  /** Whether a value that may be any may be an address of the stack. */
  private final boolean stack;

  /** What the lower 32 bits, as an unsigned number, are at most; -1 if that is not known. */
  private final long most;

  /** Whether the upper 32 bits are zero; only known with {@link #most}. */
  private final boolean narrow;

  private Value(Atom[] atoms, boolean any, boolean stack) {
    this(atoms, any, false, stack, -1, false);
  }

  private Value(Atom[] atoms, boolean any, boolean all, boolean stack, long most, boolean narrow) {
    this.atoms = atoms;
    this.any = any;
    this.all = all;
    this.stack = stack;
    this.most = most;
    this.narrow = narrow;
  }

  /**
   * A value with atoms in order, each once.
   *
   * @param any whether any other value is possible as well
   * @param all whether every address that the function knows is
   */
  static Value of(Atom[] atoms, boolean any, boolean all) {
    return new Value(atoms, any, all, all, -1, false);
  }

  /** A value that is known. */
  public static Value of(Atom atom) {
    return new Value(new Atom[] {atom}, false, false);
  }

  static Value constant(long value) {
    return of(Atom.constant(value));
  }

  /** Whether it may be any value. */
  public boolean isAny() {
    return any;
  }

  /** Whether it may be every address that the function knows. */
  boolean isAll() {
    return all;
  }

  /** Whether it may be an address of the stack. */
  boolean mayBeStack() {
    return any ? stack : hasStack();
  }

  private boolean hasStack() {
    for (Atom atom : atoms) {
      if (atom.is(Base.STACK)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The same value where it is known to be a small number.
   *
   * @param limit what the lower 32 bits are at most, as an unsigned number
   * @param whole whether the upper ones are zero
   */
  Value atMost(long limit, boolean whole) {
    return limit < 0 || limit > LIMIT ? this : new Value(atoms, any, all, stack, limit, whole);
  }

  /** What the lower 32 bits are at most; -1 if that is not known. */
  long most() {
    return most;
  }

  /** The same value without what {@link #atMost} has added. */
  Value unlimited() {
    return most < 0 ? this : new Value(atoms, any, all, stack, -1, false);
  }

  /** The same value as it is kept when the function has been followed. */
  Value recorded() {
    if (any && atoms.length == 0) {
      return all ? ALL : ANY;
    }
    return most < 0 && stack == all ? this : new Value(atoms, any, all, all, -1, false);
  }

  /** Whether it is a number that is known, or one of some. */
  boolean isNumber() {
    return !any && atoms[atoms.length - 1].is(Base.CONSTANT); // the first base in order
  }

  /** The numbers that it may be; empty if they are not known, or too many. */
  long[] numbers() {
    if (most >= 0 && narrow) {
      return LongStream.rangeClosed(0, most).toArray();
    }
    return isNumber() ? Arrays.stream(atoms).mapToLong(Atom::offset).toArray() : NO_NUMBERS;
  }

  /** The same for the lower 32 bits alone, where nothing is known of the upper ones. */
  long[] lowNumbers() {
    return most >= 0 ? LongStream.rangeClosed(0, most).toArray() : NO_NUMBERS;
  }

  /** The possible values; empty if any is. */
  public List<Atom> atoms() {
    return any ? List.of() : List.of(atoms);
  }

  /** The possible values, or the addresses that are known to be among them if any is possible. */
  public Atom[] mentioned() {
    return atoms;
  }

  /** The only possible value; null if there are several. */
  Atom single() {
    return atoms.length == 1 && !any ? atoms[0] : null;
  }

  /** What it may be if it is one of two. */
  public Value or(Value other) {
    if (covers(other)) {
      return this;
    }
    if (other.covers(this)) {
      return other;
    }
    if (all || other.all) {
      return ALL;
    }
    if (any != other.any) {
      return widened().merged(other.widened(), true);
    }
    return merged(other, any);
  }

  /** Whether nothing of another is missing here. */
  @SuppressWarnings("ReferenceEquality") // quick, and true most often
  boolean covers(Value other) {
    if (this == other) {
      return true;
    }
    if (most >= 0 && !(narrow ? other.narrow : other.most >= 0)) {
      return false;
    }
    if (most >= 0 && other.most > most) {
      return false;
    }
    if (all) {
      return true;
    }
    if (other.all || (other.any && !any) || (other.stack && !stack)) {
      return false;
    }
    if (atoms == other.atoms && any == other.any) {
      return true;
    }
    int at = 0;
    for (Atom atom : other.atoms) {
      if (any && !atom.isPointer()) {
        if (atom.is(Base.STACK) && !stack) {
          return false;
        }
        continue;
      }
      while (at < atoms.length && atoms[at].compareTo(atom) < 0) {
        at++;
      }
      if (at == atoms.length || !atoms[at].equals(atom)) {
        return false;
      }
    }
    return true;
  }

  private Value merged(Value other, boolean anyToo) {
    Atom[] both = new Atom[atoms.length + other.atoms.length];
    int size = 0;
    int i = 0;
    int j = 0;
    while (i < atoms.length || j < other.atoms.length) {
      int order =
          i == atoms.length ? 1 : j == other.atoms.length ? -1 : atoms[i].compareTo(other.atoms[j]);
      both[size++] = order <= 0 ? atoms[i] : other.atoms[j];
      i += order <= 0 ? 1 : 0;
      j += order >= 0 ? 1 : 0;
    }
    Value value = new Value(Arrays.copyOf(both, size), anyToo, stack || other.stack);
    return size <= LIMIT ? value : anyToo ? ALL : value.widened();
  }

  /** Any value, with the addresses of this one among them. */
  Value widened() {
    if (any) {
      return unlimited();
    }
    int pointers = 0;
    for (Atom atom : atoms) {
      pointers += atom.isPointer() ? 1 : 0;
    }
    if (pointers == 0) {
      return hasStack() ? ANY_OR_STACK : ANY;
    }
    if (pointers > LIMIT) {
      return ALL;
    }
    Atom[] kept = new Atom[pointers];
    int size = 0;
    for (Atom atom : atoms) {
      if (atom.isPointer()) {
        kept[size++] = atom;
      }
    }
    return new Value(kept, true, hasStack());
  }

  /**
   * Any value, with the addresses that are left when the lowest byte is overwritten. Files are
   * loaded at multiples of the page size, so addresses in them have lowest bytes that are known.
   * The addresses in slots are known only when the program runs, so code cannot have a byte with
   * which the rest is one of them.
   */
  Value withLowByte(long low) {
    Value old = widened();
    Value left = old.stack ? ANY_OR_STACK : ANY;
    for (Atom atom : old.atoms) {
      Atom one = atom.is(Base.ADDRESS) ? atom.plus(low - (atom.offset() & LOW_BYTE)) : atom;
      if (!atom.is(Base.LOADED)) {
        left = left.or(new Value(new Atom[] {one}, true, old.stack));
      }
    }
    return old.all ? ALL : left;
  }

  /** The values that an operation makes of these; any if it makes null of one. */
  Value map(UnaryOperator<Atom> operation) {
    if (any) {
      return unlimited();
    }
    if (atoms.length == 1) {
      Atom made = operation.apply(atoms[0]);
      return made == null ? widened() : of(made);
    }
    Value result = null;
    for (Atom atom : atoms) {
      Atom made = operation.apply(atom);
      if (made == null) {
        return widened();
      }
      result = result == null ? of(made) : result.or(of(made));
    }
    return result == null ? ANY : result;
  }

  /** The sum with a number. */
  public Value plus(long addend) {
    return addend == 0 ? this : map(atom -> atom.isEntry() ? null : atom.plus(addend));
  }

  /** The lower 32 bits, zero-extended. Arguments are taken as they are: numbers are small. */
  Value low() {
    if (most >= 0 && !narrow) {
      return unlimited().low().atMost(most, true);
    }
    if (any || (atoms.length == 1 && isLow(atoms[0]))) {
      return this;
    }
    return map(
        atom ->
            switch (atom.base()) {
              case CONSTANT -> Atom.constant(atom.offset() & 0xffff_ffffL);
              case STACK -> null;
              default -> atom;
            });
  }

  /** The same in a file that is loaded anywhere: addresses need more bits. */
  Value lowOfPointer() {
    Value low = low();
    for (Atom atom : low.atoms) {
      if (atom.is(Base.ADDRESS)) {
        Atom[] kept =
            Arrays.stream(low.widened().atoms)
                .filter(one -> !one.is(Base.ADDRESS))
                .toArray(Atom[]::new);
        return new Value(kept, true, low.mayBeStack());
      }
    }
    return low;
  }

  private static boolean isLow(Atom atom) {
    return atom.is(Base.CONSTANT)
        ? atom.offset() == (atom.offset() & 0xffff_ffffL)
        : !atom.is(Base.STACK);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Value that
        && (this == that
            || (any == that.any
                && all == that.all
                && stack == that.stack
                && most == that.most
                && narrow == that.narrow
                && Arrays.equals(atoms, that.atoms)));
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(atoms);
  }

  @Override
  public String toString() {
    String text = atoms.length == 0 ? "" : " " + Arrays.toString(atoms);
    return (all ? "all" : any ? "any" : "") + text;
  }
}

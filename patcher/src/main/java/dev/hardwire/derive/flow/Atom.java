package dev.hardwire.derive.flow;

/**
 * One possible value.
 *
 * @param base what the value is relative to
 * @param key which one of that kind
 * @param offset added to it
 */
public record Atom(Base base, long key, long offset) implements Comparable<Atom> {
  /** What a value is relative to. */
  public enum Base {
    /** Nothing: {@code offset} is the number. */
    CONSTANT,
    /** The load address of the file: {@code offset} is an address in it. */
    ADDRESS,
    /** The stack pointer at the function's start, or after it was aligned ({@code key}). */
    STACK,
    /** The value that the register {@code key} has at the function's start. */
    ARGUMENT,
    /** The word at {@code key} bytes from the stack pointer at the function's start. */
    STACK_ARGUMENT,
    /** The word that the file has at the address {@code key}. */
    LOADED,
    /** An entry of the jump table at {@code key}, with words of {@code offset} bytes. */
    TABLE,
    /** An entry of the table at {@code key}, of 4 bytes, added to the address {@code offset}. */
    DISTANCE
  }

  static Atom constant(long value) {
    return new Atom(Base.CONSTANT, 0, value);
  }

  Atom plus(long addend) {
    return new Atom(base, key, offset + addend);
  }

  /** Whether it is relative to that. */
  public boolean is(Base other) {
    return base == other;
  }

  boolean isEntry() {
    return base == Base.TABLE || base == Base.DISTANCE;
  }

  /** Whether it may be the address of a function or of an object that others can see. */
  boolean isPointer() {
    return base == Base.ADDRESS
        || base == Base.LOADED
        || base == Base.ARGUMENT
        || base == Base.DISTANCE;
  }

  @Override
  public int compareTo(Atom other) {
    if (base != other.base) {
      return base.compareTo(other.base);
    }
    return key != other.key ? Long.compare(key, other.key) : Long.compare(offset, other.offset);
  }

  @Override
  public boolean equals(Object other) { // the one of records is slow before it is compiled
    return other instanceof Atom that
        && base == that.base
        && key == that.key
        && offset == that.offset;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(31 * key + offset) + base.hashCode();
  }
}

package dev.hardwire.derive.link;

/** Edges that are not followed, or followed less far, and why that is safe. */
public interface Cuts {

  /** Whether a call between two functions cannot happen. */
  default boolean cut(int from, int to) {
    return false;
  }

  /** Whether a function takes the address of another one for a table where nothing finds it. */
  default boolean isNotFound(int from, int id) {
    return false;
  }

  /** Whether a system call cannot be made by the instruction at an address. */
  default boolean isDead(int id, long address, long number) {
    return false;
  }

  /** Whether a function cannot run. */
  default boolean leavesOut(int id) {
    return false;
  }

  /** Whether nothing calls a function: it is a part of another one. */
  default boolean isPart(int id) {
    return false;
  }

  /**
   * Whether a function, and those that it passes it to, do nothing with the address of another but
   * call it.
   */
  default boolean isOnlyCalled(int id, long address) {
    return false;
  }

  /**
   * Whether a function does nothing with the address of one that makes system calls but call it.
   */
  default boolean isOnlyCalledHere(int id, long address) {
    return false;
  }

  /** Whether a function calls an address that it takes, or what a slot holds; not only compares. */
  default boolean isCalledHere(int id, boolean slot, long address) {
    return false;
  }

  /**
   * Whether a function does nothing with the address that a slot holds but call it, or read words
   * at known places of the object there.
   */
  default boolean isOnlyRead(int id, long slot) {
    return false;
  }

  /** The offsets of those words, in bytes. */
  default long[] fieldsRead(int id, long slot) {
    return new long[0];
  }
}

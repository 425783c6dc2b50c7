package dev.hardwire.derive.link;

/** Edges that are not followed, or followed less far, and why that is safe. */
public interface Cuts {
  /** Whether a call between two functions cannot happen. */
  boolean cut(int from, int to);

  /** Whether a function takes the address of another one for a table where nothing finds it. */
  boolean isNotFound(int from, int id);

  /** Whether a system call cannot be made by the instruction at an address. */
  boolean isDead(int id, long address, long number);

  /** Whether a function cannot run. */
  boolean leavesOut(int id);

  /** What functions do with the addresses that they take. */
  LocalUse use();
}

package dev.hardwire.testing;

import dev.hardwire.derive.Deriver;

/** For tests that derive policies of programs. */
public final class Derivers {
  /** Reads and follows the libraries of the system once for the tests of a process. */
  public static final Deriver SHARED = new Deriver();

  private Derivers() {}
}

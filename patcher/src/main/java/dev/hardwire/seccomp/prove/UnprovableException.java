package dev.hardwire.seccomp.prove;

/** A filter uses arithmetic that a proof cannot follow, or is too large for one. */
public final class UnprovableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UnprovableException(String reason) {
    super(reason);
  }
}

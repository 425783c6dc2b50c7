package dev.hardwire.derive;

/** A program whose system calls cannot be derived. */
public final class DeriveException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message one line with the file, what is wrong and what to do
   */
  public DeriveException(String message) {
    super(message);
  }
}

package dev.hardwire.cli;

/** Options that parse but do not make sense together. */
final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }
}

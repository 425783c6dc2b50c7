package dev.hardwire.cli.report;

/** Options that are valid one by one but not together, or a value out of range. */
public final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UsageException(String message) {
    super(message);
  }
}

package dev.hardwire.cli.report;

/** Options that can be parsed but contradict each other. */
public final class UsageException extends RuntimeException {
  public UsageException(String message) {
    super(message);
  }
}

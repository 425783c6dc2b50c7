package dev.hardwire.spark;

/** Words of the command line that contradict each other, or make no sense. */
public final class UsageException extends RuntimeException {
  UsageException(String message) {
    super(message);
  }
}

package dev.hardwire.learn.log;

/**
 * No policy can be learned from the logs; the message says what is missing, or what was found
 * instead.
 */
public final class LearnException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public LearnException(String message) {
    super(message);
  }
}

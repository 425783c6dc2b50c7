package dev.hardwire.learn.log;

/**
 * No policy can be learned from the logs; the message says what is missing, or what was found
 * instead.
 */
public final class LearnException extends RuntimeException {
  public LearnException(String message) {
    super(message);
  }
}

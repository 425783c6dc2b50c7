package dev.hardwire.learn;

/** Logs from which no policy can be learned: what is missing, or what was found instead. */
public final class LearnException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public LearnException(String message) {
    super(message);
  }
}

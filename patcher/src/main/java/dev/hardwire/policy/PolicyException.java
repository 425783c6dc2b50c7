package dev.hardwire.policy;

import java.util.Optional;

/**
 * A policy is not valid: what is wrong, where, and what to do about it.
 *
 * <p>For a duplicate or a contradiction both places are named; {@link #position} is the later one.
 */
public final class PolicyException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Position position;
  private final transient Position earlier;

  /**
   * @param position where the fault is
   * @param message what is wrong and what to do, without the place
   */
  public PolicyException(Position position, String message) {
    super(position + ": " + message);
    this.position = position;
    this.earlier = null;
  }

  /**
   * @param position the later of two places
   * @param earlier the place that it repeats or contradicts
   * @param message what is wrong and what to do, without either place
   */
  public PolicyException(Position position, Position earlier, String message) {
    super(position + ": " + message + " (first at " + earlier + ")");
    this.position = position;
    this.earlier = earlier;
  }

  /**
   * Where the error is.
   *
   * @return file, line and column
   */
  public Position position() {
    return position;
  }

  /**
   * The other place of a duplicate or a contradiction.
   *
   * @return empty for other errors
   */
  public Optional<Position> earlier() {
    return Optional.ofNullable(earlier);
  }
}

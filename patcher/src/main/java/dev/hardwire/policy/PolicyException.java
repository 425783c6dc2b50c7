package dev.hardwire.policy;

import java.util.Optional;

/**
 * A policy is not valid: contains the position, the reason and a remedy.
 *
 * <p>For a duplicate or a contradiction, it contains both positions; {@link #position} is the later
 * one.
 */
public final class PolicyException extends RuntimeException {
  private final transient Position position;
  private final transient Position earlier;

  /**
   * A mistake at one position.
   *
   * @param position of the mistake
   * @param message reason and remedy, without the position
   */
  public PolicyException(Position position, String message) {
    super(position + ": " + message);
    this.position = position;
    this.earlier = null;
  }

  /**
   * A mistake at two positions.
   *
   * @param position the later of two positions
   * @param earlier the position that it repeats or contradicts
   * @param message reason and remedy, without either position
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
   * The other position of a duplicate or a contradiction.
   *
   * @return empty for other errors
   */
  public Optional<Position> earlier() {
    return Optional.ofNullable(earlier);
  }
}

package dev.hardwire.policy;

/**
 * Part of a policy that is valid but probably a mistake.
 *
 * @param position of it
 * @param message reason and remedy, without the position
 */
public record PolicyWarning(Position position, String message) {
  /**
   * The same as an error, for strict mode.
   *
   * @return an exception with the same position and message
   */
  public PolicyException toException() {
    return new PolicyException(position, message);
  }

  @Override
  public String toString() {
    return position + ": " + message;
  }
}

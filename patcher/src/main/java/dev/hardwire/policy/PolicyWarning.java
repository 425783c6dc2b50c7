package dev.hardwire.policy;

/**
 * Something in a policy that is valid but hardly meant.
 *
 * @param position where it is
 * @param message what it is and what to do, without the place
 */
public record PolicyWarning(Position position, String message) {
  /**
   * The error that a strict reading makes of it.
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

package dev.hardwire.policy;

/** How an argument is compared with a constant. */
public enum Comparison {
  /** Equal. */
  EQUAL("=="),
  /** Not equal. */
  NOT_EQUAL("!="),
  /** Less. */
  LESS("<"),
  /** Less or equal. */
  LESS_OR_EQUAL("<="),
  /** Greater. */
  GREATER(">"),
  /** Greater or equal. */
  GREATER_OR_EQUAL(">=");

  private final String text;

  Comparison(String text) {
    this.text = text;
  }

  /**
   * The comparison that holds for (b, a) where this one holds for (a, b).
   *
   * @return the comparison
   */
  public Comparison mirrored() {
    return switch (this) {
      case EQUAL, NOT_EQUAL -> this;
      case LESS -> GREATER;
      case LESS_OR_EQUAL -> GREATER_OR_EQUAL;
      case GREATER -> LESS;
      case GREATER_OR_EQUAL -> LESS_OR_EQUAL;
    };
  }

  /**
   * The comparison that holds where this one does not.
   *
   * @return the comparison
   */
  public Comparison negated() {
    return switch (this) {
      case EQUAL -> NOT_EQUAL;
      case NOT_EQUAL -> EQUAL;
      case LESS -> GREATER_OR_EQUAL;
      case LESS_OR_EQUAL -> GREATER;
      case GREATER -> LESS_OR_EQUAL;
      case GREATER_OR_EQUAL -> LESS;
    };
  }

  @Override
  public String toString() {
    return text;
  }
}

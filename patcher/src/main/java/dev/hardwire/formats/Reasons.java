package dev.hardwire.formats;

import dev.hardwire.policy.Rule;
import java.util.Optional;

/** Comments of foreign formats as reasons of rules. */
public final class Reasons {
  private Reasons() {}

  /** A comment as one line, cut where it is too long; empty if nothing printable is in it. */
  public static Optional<String> of(String comment) {
    String line = comment.replaceAll("[\\s\\p{Cntrl}]+", " ").strip();
    int length = line.codePointCount(0, line.length());
    if (length > Rule.LONGEST_REASON) {
      line = line.substring(0, line.offsetByCodePoints(0, Rule.LONGEST_REASON - 3)) + "...";
    }
    return Rule.isReason(line) ? Optional.of(line) : Optional.empty();
  }
}

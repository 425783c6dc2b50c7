package dev.hardwire.report.model;

import dev.hardwire.policy.text.Waiver;
import java.util.List;
import java.util.Optional;

/**
 * Something about a program that its owner should know.
 *
 * @param message a sentence for people who know nothing about the format of programs; may contain
 *     text of the program
 * @param details what was found, for those who do: a line for each check that failed
 * @param waiver by which the owner accepts it; a finding with one counts nowhere
 */
public record Finding(
    FindingKind rule, String message, List<String> details, Optional<Waiver> waiver) {
  public Finding {
    details = List.copyOf(details);
  }

  /** A finding that nobody has accepted. */
  public Finding(FindingKind rule, String message, List<String> details) {
    this(rule, message, details, Optional.empty());
  }

  public String line() {
    return details.isEmpty() ? message : message + " (" + String.join("; ", details) + ")";
  }

  /** The reason for which it is accepted; empty if it is not. */
  public Optional<String> accepted() {
    return waiver.map(one -> "accepted until %s: %s".formatted(one.until(), one.reason()));
  }
}

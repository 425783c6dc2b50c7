package dev.hardwire.report.model;

import java.util.List;

/**
 * Something about a program that its owner should know.
 *
 * @param message a sentence for people who know nothing about the format of programs; may contain
 *     text of the program
 * @param details what was found, for those who do: a line for each check that failed
 */
public record Finding(FindingKind rule, String message, List<String> details) {
  public Finding {
    details = List.copyOf(details);
  }

  /** The message, with the details in brackets. */
  public String line() {
    return details.isEmpty() ? message : message + " (" + String.join("; ", details) + ")";
  }
}

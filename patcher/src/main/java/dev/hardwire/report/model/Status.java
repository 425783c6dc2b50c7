package dev.hardwire.report.model;

import java.util.Locale;

/** What is known of a program, in the order in which reports list them. */
public enum Status {
  FAILED("not verified", "It was hard-wired or signed, and a check failed: it may do anything."),
  UNREADABLE("not readable", "It could not be read, so nothing is known."),
  NOT_HARD_WIRED("not hard-wired", "It has no policy of its own."),
  ENFORCES_NOTHING("enforces nothing", "Its policy is verified, and allows everything."),
  LIBRARY_UNCHECKED("library not checked", "It relies on a library that was not checked."),
  CONFINED("confined", "Its policy is verified, and denies something.");

  private final String text;
  private final String meaning;

  Status(String text, String meaning) {
    this.text = text;
    this.meaning = meaning;
  }

  /** The stable name in documents for machines. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** A word or two for people. */
  public String text() {
    return text;
  }

  /** A sentence for people. */
  public String meaning() {
    return meaning;
  }
}

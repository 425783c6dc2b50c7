package dev.hardwire.verify.result;

import java.util.Locale;

/**
 * The states of a program, the worst first. Reports and {@code verify} name no others.
 *
 * <p>A file can be in several at once, such as hard-wired and unsigned; the first of them counts.
 */
public enum Status {
  CHANGED(
      "changed since it was patched",
      "It was hard-wired or signed, and its bytes are no longer those that were written then. It"
          + " may do anything."),
  NOT_VERIFIED(
      "not verified",
      "It is hard-wired, and something that the proof or a requirement needs is missing."),
  UNREADABLE("not readable", "It could not be read, or it is damaged, so nothing is known."),
  NOT_TRUSTED(
      "signature not trusted",
      "It is signed by somebody whom the given trust anchors do not name."),
  ENFORCES_NOTHING("enforces nothing", "Its policy is verified, and allows everything."),
  NOT_HARD_WIRED("not hard-wired", "It has no policy of its own."),
  LIBRARY_UNCHECKED(
      "library not checked", "It relies on a library that was not checked; the rest is verified."),
  SIGNATURE_UNCHECKED(
      "signature not checked",
      "It is signed, and no trust anchors were given; the rest is verified."),
  UNSIGNED("unsigned", "A signature is required, and it has none; the rest is verified."),
  UNSUPPORTED(
      "unsupported architecture",
      "It was never patched, and it is for a machine that Hardwire does not support."),
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

  /** A few words for people. */
  public String text() {
    return text;
  }

  /** A sentence or two for people. */
  public String meaning() {
    return meaning;
  }
}

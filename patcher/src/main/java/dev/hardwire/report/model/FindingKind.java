package dev.hardwire.report.model;

import java.util.Locale;

/** The kinds of findings. */
public enum FindingKind {
  CHECK_FAILED(
      Level.ERROR,
      "A check of a hard-wired or signed program failed",
      "Nothing is known for certain about what the program may do. Restore or rebuild the program,"
          + " and patch it again."),
  UNREADABLE(
      Level.ERROR,
      "A program could not be read",
      "Nothing is known about it. Run the report as a user who may read the file."),
  ENFORCES_NOTHING(
      Level.ERROR,
      "A policy allows everything",
      "The program has a policy, and the policy denies nothing. Patch it with one that does."),
  NOT_HARD_WIRED(
      Level.WARNING,
      "A program has no policy",
      "Patch it with \"hardwire patch\" or \"hardwire apply\", or confine it by other means."),
  LIBRARY_NOT_CHECKED(
      Level.WARNING,
      "The library that installs a policy was not checked",
      "The policy is installed by a shared library. Give its file with --library."),
  RISKY_CALLS(
      Level.NOTE,
      "A policy allows calls that undo much of it",
      "Deny these system calls if the program does not need them; docs/policy.md says what each of"
          + " them makes possible.");

  /** How serious a finding is, as SARIF names it. */
  public enum Level {
    ERROR,
    WARNING,
    NOTE;

    /** The name in documents. */
    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Level level;
  private final String title;
  private final String help;

  FindingKind(Level level, String title, String help) {
    this.level = level;
    this.title = title;
    this.help = help;
  }

  /** The stable name in documents. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  public Level level() {
    return level;
  }

  /** A sentence without a final dot. */
  public String title() {
    return title;
  }

  /** What to do. */
  public String help() {
    return help;
  }
}

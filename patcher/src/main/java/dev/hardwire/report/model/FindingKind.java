package dev.hardwire.report.model;

import dev.hardwire.verify.result.Status;
import java.util.Locale;

/** The kinds of findings: each {@link Status} but the last one, under its name, and others. */
public enum FindingKind {
  CHANGED(
      Level.ERROR,
      "A program was changed since it was patched or signed",
      "Do not run it. Fetch or build the program again, and patch it. This shows what was changed:",
      "hardwire verify %s",
      "hardwire verify --include %2$s %1$s"),
  NOT_VERIFIED(
      Level.ERROR,
      "A hard-wired program could not be verified",
      "This names what is missing, and the option that gives or accepts it:",
      "hardwire verify %s",
      "hardwire verify --include %2$s %1$s"),
  UNREADABLE(
      Level.ERROR,
      "A program could not be read, or is damaged",
      "Fetch it again, or make the report as a user who may read it:",
      "ls -l %s",
      "ls -l %s"),
  NOT_TRUSTED(
      Level.ERROR,
      "A signature is not by a trusted signer",
      "Ask the owner who signed it. If you trust that signer, add the certificate to ROOT.pem:",
      "hardwire verify --trust ROOT.pem %s",
      "hardwire verify --trust ROOT.pem --include %2$s %1$s"),
  ENFORCES_NOTHING(
      Level.ERROR,
      "A policy allows everything",
      "Give it a policy that denies something:",
      "hardwire patch --replace --in-place --policy POLICY.yaml %s",
      "printf %%s %3$s > manifest.yaml\nhardwire apply --root %1$s manifest.yaml"),
  NOT_HARD_WIRED(
      Level.WARNING,
      "A program has no policy",
      "Try one of Hardwire's policies, such as no-exec, on a copy, or confine it by other means:",
      "hardwire patch --preset no-exec -o COPY %s",
      "printf %%s %3$s > manifest.yaml\nhardwire apply --root %1$s -o COPY manifest.yaml"),
  LIBRARY_UNCHECKED(
      Level.WARNING,
      "The library that installs a policy was not checked",
      "Have the library checked as well:",
      "hardwire verify --library LIBRARY.so %s",
      "hardwire verify --library LIBRARY.so --include %2$s %1$s"),
  SIGNATURE_UNCHECKED(
      Level.WARNING,
      "A signature was not checked",
      "Give the certificates that you trust:",
      "hardwire verify --trust ROOT.pem %s",
      "hardwire verify --trust ROOT.pem --include %2$s %1$s"),
  UNSIGNED(
      Level.WARNING,
      "A program is not signed, and a signature is required",
      "Have its owner sign it:",
      "hardwire sign --key KEY.pem --cert CERT.pem --in-place %s",
      "printf %%s %3$s > manifest.yaml\nhardwire apply --root %1$s manifest.yaml"),
  UNSUPPORTED(
      Level.NOTE,
      "A program is for a machine that Hardwire does not support",
      "Confine it from outside, for example by the service manager or a container.",
      "",
      ""),
  RISKY_CALLS(
      Level.NOTE,
      "A policy allows calls that undo much of it",
      "Deny those that the program does not need; docs/policy.md says what each makes possible."
          + " This shows the policy:",
      "hardwire inspect %s",
      "hardwire report --include %2$s -o REPORT.html %1$s");

  /** How serious a finding is, as SARIF names it. */
  public enum Level {
    ERROR,
    WARNING,
    NOTE;

    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Level level;
  private final String title;
  private final String help;
  private final String command;
  private final String archiveCommand;

  FindingKind(Level level, String title, String help, String command, String archiveCommand) {
    this.level = level;
    this.title = title;
    this.help = help;
    this.command = command;
    this.archiveCommand = archiveCommand;
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

  /** What to do; ends with a colon if there is a command. */
  public String help() {
    return help;
  }

  /**
   * The command that helps with a file; empty if there is none.
   *
   * @param file a word for a shell
   */
  public String command(String file) {
    return command.formatted(file);
  }

  /**
   * The commands that help with a program in a container image or a package; empty if there are
   * none.
   *
   * @param archive path of the image or package, a word for a shell
   * @param pattern that matches the path in it, a word for a shell
   * @param manifest a manifest with that pattern, a word for a shell
   */
  public String command(String archive, String pattern, String manifest) {
    return archiveCommand.formatted(archive, pattern, manifest);
  }
}

package dev.hardwire.report.read;

import dev.hardwire.verify.result.Check;
import dev.hardwire.verify.result.CheckFinding;
import java.util.HashMap;
import java.util.Map;

/** What a failed check means, for people who never saw the format of programs. */
final class CheckWords {
  static final String UNREADABLE = "The file could not be read, so nothing is known about it.";

  private static final String TABLE =
      """
      elf: The file is damaged, or it is not a program for Linux.
      notes: What the patch wrote about itself is missing or damaged.
      policy: The text of the policy is damaged.
      loader: The program is built so that something may run before its policy.
      blob: The code and data that the patch added are no longer where it put them.
      stub: The code that installs the policy is no longer the code that the patch added.
      setup: The steps that install the policy are not those of the policy.
      filter: The filter in the program does not decide as its policy says.
      relocations: The program would overwrite the code that installs its policy.
      patch-record: Bytes of the program were changed after it was patched.
      hook: The program no longer starts the code that installs its policy as it should.
      target: After its policy is installed, the program would not go on where it should.
      phases: The code that begins a phase of the policy is not what the patch added.
      segments: The parts of the program that are loaded are no longer those of the patch.
      dynamic: The list of what the program loads and runs first was changed.
      changes: Bytes of the program were changed that no patch changes.
      rest: Bytes of the program were changed that no patch changes.
      start-code: Nothing proves that the program's own start code installs the policy.
      library: The library that should install the policy is missing or is another one.
      signature-place: The signatures of the program are damaged.
      signatures: The signatures of the program are damaged.
      content: The program was changed after it was signed.
      signer: A signature was not made with the key that it names.
      time-stamp: The time stamp of a signature is not by somebody who is trusted.
      chain: The program is signed by somebody who is not among those that are trusted.
      binding: The program is not the one that its signer described.
      certificates: Certificates were added to a signature.
      required-hook: A policy is installed at another moment than required.
      required-policy: The program does not have the policy that is required.
      required-policy-at-least: The program may do more than the policy that is required.
      original: The program was made of another original than the given one.
      confined: The policy allows every system call, so it restricts nothing.
      required-signer: A signature by a required signer is missing.
      required-signatures: There are fewer signatures than required.
      """;

  private static final Map<String, String> SENTENCES = read();

  private CheckWords() {}

  private static Map<String, String> read() {
    Map<String, String> sentences = new HashMap<>();
    TABLE
        .lines()
        .forEach(
            line -> {
              int colon = line.indexOf(": ");
              sentences.put(line.substring(0, colon), line.substring(colon + 2));
            });
    return sentences;
  }

  /** A sentence about a check that failed. */
  static String of(Check check) {
    return switch (check.finding()) {
      case NOT_HARD_WIRED -> "The program has no policy: it may do all that its user may do.";
      case NOT_SIGNED -> "The program is not signed.";
      case NO_TRUST_ANCHORS -> "The program is signed, and nobody said whom to trust.";
      case ENFORCES_NOTHING -> "The policy allows every system call, so it restricts nothing.";
      case UNSUPPORTED -> "The program is for a machine that Hardwire does not support.";
      default -> sentence(check);
    };
  }

  private static String sentence(Check check) {
    String name = check.name().substring(check.name().lastIndexOf(' ') + 1);
    boolean library = check.finding() == CheckFinding.UNMET && name.equals("loader");
    return library
        ? "The program is started by a dynamic linker that Hardwire does not know."
        : SENTENCES.getOrDefault(name, "A check of the program failed.");
  }
}

package dev.hardwire.cli.run;

import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.derive.Derivation;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** What {@code derive} says about a policy beside it. */
final class DerivationSummary {
  private DerivationSummary() {}

  /**
   * Prints it.
   *
   * @param verbose whether to print what was read and assumed, too
   * @param prefix what the policy was written to, or nothing
   */
  static void print(Derivation derivation, boolean verbose, String prefix, PrintWriter err) {
    if (verbose) {
      notes(derivation).forEach(line -> err.println("hardwire: note: " + TerminalText.of(line)));
    }
    err.println(
        TerminalText.of(
            "hardwire: %s%d system calls can be reached in %d files"
                .formatted(prefix, derivation.calls().size(), derivation.files().size())));
    if (!derivation.loaded().isEmpty()) {
      err.println(
          TerminalText.of(
              "hardwire: warning: it may load %s; give what it loads with --with-library"
                  .formatted(String.join(", ", derivation.loaded()))));
    }
    if (!derivation.isComplete()) {
      err.println(
          "hardwire: warning: the numbers of %d system calls are not known"
              .formatted(derivation.unknown().size()));
    }
    err.flush();
  }

  /** What was read and assumed, and one way to each call. */
  private static List<String> notes(Derivation derivation) {
    List<String> notes = new ArrayList<>();
    derivation.files().forEach(file -> notes.add("read " + file.path() + ", " + file.identity()));
    derivation.rules().forEach(rule -> notes.add("assumed: " + rule));
    derivation
        .calls()
        .values()
        .forEach(call -> notes.add(call.name() + ": " + String.join(" > ", call.chain())));
    return notes;
  }
}

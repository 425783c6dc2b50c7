package dev.hardwire.cli.run;

import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.learn.Learned;
import java.io.PrintWriter;

/** What {@code hardwire learn} says about a policy that it has written. */
final class LearnMessages {
  private LearnMessages() {}

  /**
   * Prints it.
   *
   * @param place where the policy was written, with a colon and a space; empty for standard output
   * @param verbose whether each call is listed with its reason
   */
  static void print(Learned learned, String place, boolean verbose, PrintWriter err) {
    err.println("hardwire: " + TerminalText.of(place + learned.summary()));
    learned.scope().forEach(line -> err.println("hardwire: " + TerminalText.of(line)));
    learned.warnings().forEach(line -> err.println("hardwire: warning: " + TerminalText.of(line)));
    learned.runs().forEach(line -> err.println("hardwire: " + TerminalText.of(line)));
    if (verbose) {
      for (Learned.Need need : learned.needs()) {
        String when = need.condition().map(condition -> ", if " + condition).orElse("");
        err.println(
            "hardwire: note: "
                + TerminalText.of("%s%s: %s".formatted(need.call(), when, need.comment())));
      }
    }
    if (!learned.withheld().isEmpty()) {
      err.println(
          "hardwire: not seen, but reachable, and not allowed, since it gives power: "
              + String.join(", ", learned.withheld().keySet()));
    }
    err.flush();
  }
}

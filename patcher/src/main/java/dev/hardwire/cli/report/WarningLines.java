package dev.hardwire.cli.report;

import dev.hardwire.core.files.FinishedOutput;
import dev.hardwire.core.files.Warnings;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.function.Predicate;

/**
 * Prints each warning as one line, and each note if that is asked for.
 *
 * @param err takes the lines
 * @param verbose whether notes are printed
 * @param later takes results that can wait for their places, or returns false
 */
public record WarningLines(PrintWriter err, boolean verbose, Predicate<FinishedOutput> later)
    implements Warnings {
  /** Where results do not wait. */
  public WarningLines(PrintWriter err, boolean verbose) {
    this(err, verbose, output -> false);
  }

  @Override
  public boolean placesLater(FinishedOutput output) {
    return later.test(output);
  }

  @Override
  public void warn(Path file, String message) {
    print(file, "warning", message);
  }

  @Override
  public void note(Path file, String message) {
    if (verbose) {
      print(file, "note", message);
    }
  }

  private void print(Path file, String kind, String message) {
    err.println(
        "hardwire: " + TerminalText.of(file) + ": " + kind + ": " + TerminalText.of(message));
  }
}

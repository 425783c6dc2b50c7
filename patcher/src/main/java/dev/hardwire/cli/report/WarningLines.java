package dev.hardwire.cli.report;

import dev.hardwire.Messages;
import dev.hardwire.output.Warnings;
import java.io.PrintWriter;
import java.nio.file.Path;

/**
 * Prints each warning as one line, and each note if that is asked for.
 *
 * @param err takes the lines
 * @param verbose whether notes are printed
 */
public record WarningLines(PrintWriter err, boolean verbose) implements Messages, Warnings {
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
    String text = TerminalText.of(TerminalText.shortened(message));
    err.println("hardwire: " + TerminalText.of(file) + ": " + kind + ": " + text);
  }
}

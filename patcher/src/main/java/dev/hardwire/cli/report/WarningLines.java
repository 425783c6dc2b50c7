package dev.hardwire.cli.report;

import dev.hardwire.core.files.Warnings;
import java.io.PrintWriter;
import java.nio.file.Path;

/**
 * Prints each warning as one line.
 *
 * @param err takes the lines
 */
public record WarningLines(PrintWriter err) implements Warnings {
  @Override
  public void warn(Path file, String message) {
    err.println("hardwire: " + TerminalText.of(file) + ": warning: " + TerminalText.of(message));
  }
}

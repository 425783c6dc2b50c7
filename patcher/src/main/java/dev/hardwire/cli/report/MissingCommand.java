package dev.hardwire.cli.report;

import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** A command line that ends where a command has to follow. */
public final class MissingCommand extends ParameterException {
  public MissingCommand(CommandLine before) {
    super(before, "missing command");
  }
}

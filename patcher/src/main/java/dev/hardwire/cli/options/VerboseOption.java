package dev.hardwire.cli.options;

import picocli.CommandLine.Option;

/** The option of commands that decide something. */
public final class VerboseOption {
  @Option(
      names = {"-v", "--verbose"},
      description = "Print on standard error what is decided, and why.")
  boolean verbose;

  public boolean isGiven() {
    return verbose;
  }
}

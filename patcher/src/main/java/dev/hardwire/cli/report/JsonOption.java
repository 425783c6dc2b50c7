package dev.hardwire.cli.report;

import picocli.CommandLine.Option;

/** {@code --json} of commands that print text for people. */
public final class JsonOption {
  @Option(names = "--json", description = "Print the same as JSON, for other programs.")
  private boolean json;

  public boolean isChosen() {
    return json;
  }
}

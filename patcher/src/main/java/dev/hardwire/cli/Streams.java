package dev.hardwire.cli;

import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;

/** Where a command prints. */
record Streams(PrintWriter out, PrintWriter err) {
  /** Those of the command line that a command was parsed from. */
  static Streams of(CommandSpec spec) {
    return new Streams(spec.commandLine().getOut(), spec.commandLine().getErr());
  }
}

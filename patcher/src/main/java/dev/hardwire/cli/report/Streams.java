package dev.hardwire.cli.report;

import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;

/** The output streams of a command. */
public record Streams(PrintWriter out, PrintWriter err) {
  /** Those of the command line that a command was parsed from. */
  public static Streams of(CommandSpec spec) {
    return new Streams(spec.commandLine().getOut(), spec.commandLine().getErr());
  }
}

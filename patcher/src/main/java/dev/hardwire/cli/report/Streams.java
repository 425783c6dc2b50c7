package dev.hardwire.cli.report;

import java.io.PrintWriter;

/** The output streams of a command. */
public record Streams(PrintWriter out, PrintWriter err) {}

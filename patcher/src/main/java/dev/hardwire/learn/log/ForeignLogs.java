package dev.hardwire.learn.log;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Recognises output of other programs, which resembles the logs that can be read. */
public final class ForeignLogs {
  /**
   * A kind of output.
   *
   * @param line a line that only this kind has
   * @param message what it is and what to do
   * @param afterTrace whether it may follow a trace in the same file
   */
  public record Kind(Pattern line, String message, boolean afterTrace) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind(
              Pattern.compile("% time +seconds +usecs/call +calls +errors +syscall"),
              "a summary of strace -c, which does not say where calls were made; trace without -c",
              true),
          new Kind(
              Pattern.compile("(?:node=\\S+ )?type=\\S+ msg=audit\\(\\d+/\\d+/\\d+ .*"),
              "output of ausearch -i, whose names depend on the machine; use ausearch --raw",
              false),
          new Kind(
              Pattern.compile(
                  " *(?:\\d{1,12}\\.\\d{3}|\\?) +\\([ 0-9.?]{1,16}(?:ms)? *\\):"
                      + " .{1,64}(?:/-?\\d{1,9})? .*"),
              "output of perf trace, which may lose events; use strace -f -o FILE",
              false),
          new Kind(
              Pattern.compile(" *Summary of events:| *syscall +calls +errors +total.*"),
              "a summary of perf trace; use strace -f -o FILE",
              false),
          new Kind(
              Pattern.compile(
                  "(?:\\[pid \\d+\\] |\\d{1,9} )?[A-Za-z_][A-Za-z0-9_.]*->[A-Za-z_].*\\(.*"),
              "output of ltrace, which shows calls of libraries; use strace -f -o FILE",
              false),
          new Kind(
              Pattern.compile("\\d{1,9} [0-9:.]{8,24} \\d{1,4} .{1,64} \\(\\d{1,9}\\) [<>] .*"),
              "output of sysdig; use strace -f -o FILE",
              false));

  private ForeignLogs() {}

  /** The kind of output that has this line; empty if none is known. */
  public static Optional<Kind> kind(String line) {
    if (line.length() > 4096) {
      return Optional.empty();
    }
    for (Kind kind : KINDS) {
      if (kind.line().matcher(line).matches()) {
        return Optional.of(kind);
      }
    }
    return Optional.empty();
  }
}

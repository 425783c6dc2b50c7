package dev.hardwire.cli.options;

import dev.hardwire.cli.report.UsageException;
import dev.hardwire.policy.HookChoice;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** How a program is run to learn from it. */
@OptionHeading("Running a program")
public final class TraceOptions {
  private static final int MOST_RUNS = 1000;

  @Option(
      names = "--hook",
      paramLabel = "HOOK",
      converter = HookOption.Converter.class,
      completionCandidates = HookOption.Names.class,
      description =
          "With --exec: where the stub runs and recording starts: ${COMPLETION-CANDIDATES}"
              + " (default: auto). Use the same hook with patch.")
  private HookChoice hook;

  @Option(
      names = "--log",
      paramLabel = "FILE",
      description = "With --exec: write the trace to this file.")
  private Path log;

  @Option(
      names = "--vary",
      description =
          "With --exec: run the program again with a terminal, pipes, /dev/null, closed"
              + " descriptors, without vDSO, with other settings of malloc, and with SIGABRT at its"
              + " end.")
  private boolean vary;

  @Option(
      names = "--repeat",
      paramLabel = "N",
      description = "With --exec: run the program N times, with --vary in each of these ways.")
  private Integer repeat;

  @Option(
      names = "--every-call",
      description =
          "With --exec: trace frequent calls that give no power, too, which are allowed anyway;"
              + " the program runs more slowly.")
  private boolean everyCall;

  public boolean vary() {
    return vary;
  }

  /** How often the program is run. */
  public int repeat() {
    if (repeat != null && (repeat < 1 || repeat > MOST_RUNS)) {
      throw new UsageException("--repeat requires a number from 1 to " + MOST_RUNS);
    }
    return repeat == null ? 1 : repeat;
  }

  public boolean everyCall() {
    return everyCall;
  }

  public HookChoice hook() {
    return hook == null ? HookChoice.AUTO : hook;
  }

  /** Where the trace is kept; null if nowhere. */
  public Path log() {
    return log;
  }

  /** Refuses the options where no program is run. */
  public void checkAbsent() {
    if (hook != null || log != null) {
      throw new UsageException("--hook and --log require --exec");
    }
    if (vary || repeat != null || everyCall) {
      throw new UsageException("--vary, --repeat and --every-call require --exec");
    }
  }
}

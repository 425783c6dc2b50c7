package dev.hardwire.cli.options;

import dev.hardwire.cli.report.UsageException;
import dev.hardwire.core.HookChoice;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** How a program is run to learn from it. */
@OptionHeading("Running a program")
public final class TraceOptions {
  @Option(
      names = "--hook",
      paramLabel = "HOOK",
      converter = HookConverter.class,
      completionCandidates = HookConverter.Candidates.class,
      defaultValue = "auto",
      description =
          "With --exec: where the stub runs and recording starts: ${COMPLETION-CANDIDATES}"
              + " (default: ${DEFAULT-VALUE}). Use the same hook with patch.")
  private HookChoice hook;

  @Option(
      names = "--log",
      paramLabel = "FILE",
      description = "With --exec: write the trace to this file.")
  private Path log;

  public HookChoice hook() {
    return hook;
  }

  /** Where the trace is kept; null if nowhere. */
  public Path log() {
    return log;
  }

  /** Refuses the options where no program is run. */
  public void checkAbsent() {
    if (hook != HookChoice.BY_FILE || log != null) {
      throw new UsageException("--hook and --log require --exec");
    }
  }
}

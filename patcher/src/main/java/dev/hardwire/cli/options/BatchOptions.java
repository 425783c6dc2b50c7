package dev.hardwire.cli.options;

import dev.hardwire.Destination;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.cli.terminal.Terminal;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.Locale;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of work on many files. */
@OptionHeading("Many files")
public final class BatchOptions {
  private static final int ERROR_STREAM = 2;

  /** The values of {@code --progress}. */
  public enum Progress {
    AUTO,
    ALWAYS,
    NEVER;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Option(
      names = {"-j", "--jobs"},
      paramLabel = "N",
      description =
          "Number of files to process at the same time (default: the number of processors).")
  int jobs = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--keep-going",
      description = "Continue with the other files when one fails (the default).")
  boolean keepGoing;

  @Option(
      names = "--fail-fast",
      description = "Start no further file after one has failed; files in progress are finished.")
  boolean failFast;

  @Option(
      names = "--progress",
      paramLabel = "WHEN",
      defaultValue = "auto",
      description =
          "Show a progress bar on standard error: ${COMPLETION-CANDIDATES} (default:"
              + " ${DEFAULT-VALUE}, which shows it for several files on a terminal).")
  Progress progress = Progress.AUTO;

  @Option(
      names = {"-q", "--quiet"},
      description =
          "Print errors only: no lines about files, no summary, no warnings, no progress.")
  boolean quiet;

  @Mixin final VerboseOption verbose = new VerboseOption();

  /** One file at a time, without a progress bar. */
  public static BatchOptions oneByOne() {
    BatchOptions options = new BatchOptions();
    options.progress = Progress.NEVER;
    return options.oneAtATime();
  }

  /** From now on one file at a time, for work that cannot be done on several. */
  public BatchOptions oneAtATime() {
    jobs = 1;
    return this;
  }

  public int jobs() {
    return jobs;
  }

  public boolean failFast() {
    return failFast;
  }

  /** Lets results wait for others, if there are several and none decides whether others start. */
  public Destination grouped(Destination destination, int files) {
    return failFast || files == 1 ? destination : destination.grouped();
  }

  public void check() {
    if (jobs < 1) {
      throw new UsageException("--jobs requires a number of at least 1");
    }
  }

  /** Whether only errors are printed, and reports for programs. */
  public boolean isQuiet() {
    return quiet;
  }

  /** Whether decisions are printed with their reasons. */
  public boolean isVerbose() {
    return verbose.isGiven();
  }

  /** Where warnings go that are not about a file: nowhere, if only errors are printed. */
  public PrintWriter warnings(PrintWriter err) {
    return quiet ? new PrintWriter(Writer.nullWriter()) : err;
  }

  public boolean showsProgress(int files) {
    if (quiet) {
      return false;
    }
    return progress == Progress.ALWAYS
        || (progress == Progress.AUTO && files > 1 && Terminal.is(ERROR_STREAM));
  }
}

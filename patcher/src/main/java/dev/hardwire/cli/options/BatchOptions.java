package dev.hardwire.cli.options;

import dev.hardwire.cli.report.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Option;

/** The options of work on many files. */
@OptionHeading("Many files")
public final class BatchOptions {
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

  /** One file at a time, without a progress bar. */
  public static BatchOptions oneByOne() {
    BatchOptions options = new BatchOptions();
    options.jobs = 1;
    options.progress = Progress.NEVER;
    return options;
  }

  public int jobs() {
    return jobs;
  }

  public boolean failFast() {
    return failFast;
  }

  public void check() {
    if (jobs < 1) {
      throw new UsageException("--jobs requires a number of at least 1");
    }
    if (keepGoing && failFast) {
      throw new UsageException("--keep-going and --fail-fast cannot be used together");
    }
  }

  public boolean showsProgress(int files) {
    return progress == Progress.ALWAYS || (progress == Progress.AUTO && files > 1 && isTerminal());
  }

  /** Whether standard error is a terminal; {@code System.console()} is about the other streams. */
  private static boolean isTerminal() {
    try {
      Path target = Files.readSymbolicLink(Path.of("/proc/self/fd/2"));
      return target.startsWith("/dev/pts") || target.toString().startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      return false; // unknown without /proc
    }
  }
}

package dev.hardwire.cli.options;

import dev.hardwire.cli.report.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Option;

/** The options of work on many files. */
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
      description = "Files to work on at the same time (default: the number of processors).")
  private int jobs = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--keep-going",
      description = "Go on with the other files when one fails. This is so by default.")
  private boolean keepGoing;

  @Option(
      names = "--fail-fast",
      description = "Begin no other file when one has failed; what was begun is finished.")
  private boolean failFast;

  @Option(
      names = "--progress",
      paramLabel = "WHEN",
      defaultValue = "auto",
      description =
          "Show a bar on standard error: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}, which"
              + " is for many files on a terminal).")
  private Progress progress = Progress.AUTO;

  /** Sets one of these options in a quick start. */
  public boolean take(QuickWords words) {
    switch (words.option()) {
      case "-j", "--jobs" -> jobs = words.number();
      case "--keep-going" -> keepGoing = words.flag();
      case "--fail-fast" -> failFast = words.flag();
      case "--progress" -> progress = words.constant(Progress.class);
      default -> {
        return false;
      }
    }
    return true;
  }

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
      throw new UsageException("--jobs needs a number of at least 1");
    }
    if (keepGoing && failFast) {
      throw new UsageException("--keep-going and --fail-fast exclude each other");
    }
  }

  public boolean showsProgress(int files) {
    return progress == Progress.ALWAYS || (progress == Progress.AUTO && files > 1 && isTerminal());
  }

  /** Java's console says something about both other streams only. */
  private static boolean isTerminal() {
    try {
      Path target = Files.readSymbolicLink(Path.of("/proc/self/fd/2"));
      return target.startsWith("/dev/pts") || target.toString().startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      return false; // without /proc nobody can tell, and lines are right everywhere
    }
  }
}

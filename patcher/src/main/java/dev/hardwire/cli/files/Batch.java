package dev.hardwire.cli.files;

import dev.hardwire.Destination;
import dev.hardwire.cli.options.BatchOptions;
import dev.hardwire.cli.report.BatchReport;
import dev.hardwire.cli.report.BatchResult;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.Failures;
import dev.hardwire.cli.report.Streams;
import dev.hardwire.cli.report.WarningLines;
import dev.hardwire.cli.terminal.ProgressBar;
import dev.hardwire.text.VisibleText;
import dev.hardwire.trees.FileTree;
import dev.hardwire.trees.OrderedWork;
import dev.hardwire.trees.TreeEntry;
import dev.hardwire.work.FailureText;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * Runs one action for each file, on several files at the same time, and prints the results in the
 * order of the files. A failure does not stop the work on other files, unless the options say so;
 * the first one decides the exit code.
 */
public final class Batch {
  /** The work on one file. */
  public interface Action {
    /**
     * Does the work.
     *
     * @param out takes text for standard output
     * @param warnings takes warnings and notes
     */
    BatchResult run(TreeEntry file, PrintWriter out, WarningLines warnings) throws Exception;
  }

  /** The work on a file; there is a result or a failure. */
  private record Outcome(
      TreeEntry entry, BatchResult result, String out, String err, Exception failure) {
    private boolean isSettled() {
      return result == null || result.isSettled();
    }

    /** What is known now that it is settled. */
    private Outcome settled() {
      Optional<Exception> late = result == null ? Optional.empty() : result.failure();
      if (late.isEmpty()) {
        return this;
      }
      return hasVanished(entry, late.get())
          ? new Outcome(entry, BatchResult.skipped("vanished"), "", err, null)
          : new Outcome(entry, null, "", err, late.get());
    }
  }

  private final PrintWriter out;
  private final PrintWriter err;
  private final BatchOptions options;
  private final BatchReport report;
  private final Optional<Destination> destination;
  private ExitCode code = ExitCode.OK;

  /**
   * A batch whose results do not wait for their places.
   *
   * @param report takes every result
   */
  public Batch(Streams streams, BatchOptions options, BatchReport report) {
    this(streams, options, report, Optional.empty());
  }

  /**
   * A batch.
   *
   * @param report takes every result
   * @param destination of results that may wait for their places
   */
  public Batch(
      Streams streams,
      BatchOptions options,
      BatchReport report,
      Optional<Destination> destination) {
    options.check();
    this.out = streams.out();
    this.err = streams.err();
    this.options = options;
    this.report = report;
    this.destination = destination;
  }

  /**
   * Works on files that were named, one after the other.
   *
   * @return the exit code
   */
  public static int run(Streams streams, List<Path> files, Action action) throws IOException {
    List<TreeEntry> entries = new ArrayList<>(files.size());
    for (Path file : files) {
      entries.add(TreeEntry.named(file));
    }
    return new Batch(streams, BatchOptions.oneByOne(), BatchReport.NONE)
        .run(new FileTree.Listing(entries, 0, 0), action);
  }

  /**
   * Works on files.
   *
   * @return the exit code
   */
  public int run(FileTree.Listing listing, Action action) throws IOException {
    ProgressBar bar =
        options.showsProgress(listing.entries().size())
            ? new ProgressBar(err, listing.entries().size())
            : ProgressBar.NONE;
    Deque<Outcome> waiting = new ArrayDeque<>();
    try {
      OrderedWork.run(
          listing.entries(),
          options.jobs(),
          entry -> outcome(entry, action, options.isVerbose()),
          outcome -> {
            waiting.add(outcome);
            return deliver(waiting, bar) || !options.failFast();
          });
    } finally {
      destination.ifPresent(Destination::flush);
      deliver(waiting, bar);
    }
    bar.clear();
    if (!options.isQuiet() || report.replacesLines()) {
      report.close(listing);
    }
    return code.code();
  }

  /**
   * Prints those of the outcomes that are known, until the first that is not.
   *
   * @return whether all of them are successes
   */
  private boolean deliver(Deque<Outcome> waiting, ProgressBar bar) {
    boolean ok = true;
    while (!waiting.isEmpty() && waiting.element().isSettled()) {
      bar.clear();
      ExitCode one = print(waiting.remove().settled());
      code = code == ExitCode.OK ? one : code;
      bar.advance();
      ok &= one == ExitCode.OK;
    }
    return ok;
  }

  private static Outcome outcome(TreeEntry entry, Action action, boolean verbose) {
    StringWriter text = new StringWriter();
    StringWriter warnings = new StringWriter();
    BatchResult result = null;
    Exception failure = null;
    try (PrintWriter writer = new PrintWriter(text);
        PrintWriter warner = new PrintWriter(warnings)) {
      if (entry.unreadable().isPresent()) {
        throw entry.unreadable().get();
      }
      WarningLines lines = new WarningLines(warner, verbose);
      result = action.run(entry, writer, lines);
      result.reason().ifPresent(reason -> lines.note(entry.file(), "skipped: " + reason));
    } catch (Exception e) {
      if (hasVanished(entry, e)) {
        result = BatchResult.skipped("vanished");
      } else {
        failure = e;
      }
    } catch (Error e) { // other files may need less memory
      failure = FailureText.ofError(e);
    }
    return new Outcome(entry, result, text.toString(), warnings.toString(), failure);
  }

  /** Whether another process has removed a file that was found in a directory. */
  private static boolean hasVanished(TreeEntry entry, Exception failure) {
    return !entry.named()
        && Failures.unwrapped(failure) instanceof NoSuchFileException
        && !Files.exists(entry.file(), LinkOption.NOFOLLOW_LINKS);
  }

  private ExitCode print(Outcome outcome) {
    if (!report.replacesLines() && !options.isQuiet()) {
      out.print(VisibleText.lines(outcome.out()));
      out.flush();
    }
    if (!options.isQuiet()) {
      err.print(VisibleText.lines(outcome.err()));
    }
    Path file = outcome.entry().file();
    if (outcome.failure() == null) {
      err.flush();
      report.add(outcome.entry(), outcome.result(), "");
      return ExitCode.OK;
    }
    Failures failures = new Failures(err);
    ExitCode failed = failures.report(file.toString(), outcome.failure());
    report.add(
        outcome.entry(),
        BatchResult.failed(failed, Failures.reason(outcome.failure())),
        Failures.text(file.toString(), outcome.failure()));
    return failed;
  }
}

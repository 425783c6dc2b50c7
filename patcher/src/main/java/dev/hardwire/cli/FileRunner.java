package dev.hardwire.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Runs one action for each of several files, some at the same time, and prints what they say in the
 * order of the files. A file that fails does not keep the others from being done; the first failure
 * decides the exit code.
 */
final class FileRunner {
  /** What is done with one file. */
  interface Action {
    /**
     * Does it.
     *
     * @param out takes what the user is told
     */
    void run(Path file, PrintWriter out) throws Exception;
  }

  private record Outcome(Path file, String text, Exception failure) {}

  private final PrintWriter out;
  private final PrintWriter err;
  private final int jobs;

  FileRunner(CommandSpec spec, int jobs) {
    if (jobs < 1) {
      throw new UsageException("--jobs needs a number of at least 1");
    }
    this.out = spec.commandLine().getOut();
    this.err = spec.commandLine().getErr();
    this.jobs = jobs;
  }

  int run(List<Path> files, Action action) {
    ExecutorService pool = Executors.newFixedThreadPool(Math.min(jobs, files.size()));
    try {
      List<Future<Outcome>> futures = new ArrayList<>();
      for (Path file : files) {
        futures.add(pool.submit(() -> outcome(file, action)));
      }
      ExitCode code = ExitCode.OK;
      for (Future<Outcome> future : futures) {
        ExitCode one = report(future.get());
        code = code == ExitCode.OK ? one : code;
      }
      return code.code();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } finally {
      pool.shutdownNow();
    }
  }

  private static Outcome outcome(Path file, Action action) {
    StringWriter text = new StringWriter();
    Exception failure = null;
    try (PrintWriter writer = new PrintWriter(text)) {
      action.run(file, writer);
    } catch (Exception e) {
      failure = e;
    }
    return new Outcome(file, text.toString(), failure);
  }

  private ExitCode report(Outcome outcome) {
    out.print(outcome.text());
    out.flush();
    if (outcome.failure() == null) {
      return ExitCode.OK;
    }
    return new Failures(err).report(outcome.file().toString(), outcome.failure());
  }
}

package dev.hardwire.cli.files;

import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.Failures;
import dev.hardwire.cli.report.Streams;
import dev.hardwire.cli.report.TerminalText;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;

/**
 * Runs an action for each of several files in turn, also after failures. The first failure decides
 * the exit code.
 */
public final class FileRunner {
  /** The action for one file. */
  public interface Action {
    /**
     * Runs the action.
     *
     * @param out takes the output
     */
    void run(Path file, PrintWriter out) throws Exception;
  }

  private final PrintWriter out;
  private final PrintWriter err;

  public FileRunner(Streams streams) {
    this.out = streams.out();
    this.err = streams.err();
  }

  public int run(List<Path> files, Action action) {
    ExitCode code = ExitCode.OK;
    for (Path file : files) {
      ExitCode one = run(file, action);
      code = code == ExitCode.OK ? one : code;
    }
    return code.code();
  }

  private ExitCode run(Path file, Action action) {
    StringWriter text = new StringWriter();
    Exception failure = null;
    try (PrintWriter writer = new PrintWriter(text)) {
      action.run(file, writer);
    } catch (Exception e) {
      failure = e;
    }
    out.print(TerminalText.lines(text.toString()));
    out.flush();
    return failure == null ? ExitCode.OK : new Failures(err).report(file.toString(), failure);
  }
}

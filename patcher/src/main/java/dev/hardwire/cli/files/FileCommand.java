package dev.hardwire.cli.files;

import dev.hardwire.cli.options.QuickWords;
import dev.hardwire.cli.report.Failures;
import dev.hardwire.cli.report.Streams;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * A command that works on files. Its usual options are read in two ways: by picocli, which knows
 * all of them, explains them and says what is wrong; and by QuickStart, which saves most of the
 * time that a start takes.
 */
public abstract class FileCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  private Streams streams;

  /** Where it prints. */
  public final Streams streams() {
    return streams == null ? Streams.of(spec) : streams;
  }

  /**
   * Runs it after a quick start.
   *
   * @return the exit code
   */
  public final int run(Streams target) {
    streams = target;
    try {
      return call();
    } catch (IOException | RuntimeException e) {
      return new Failures(target.err()).report(null, e).code();
    }
  }

  @Override
  public abstract Integer call() throws IOException;

  /**
   * Sets the option that the words are at.
   *
   * @return whether it is one; a command need not know all that picocli does
   */
  public abstract boolean take(QuickWords words);

  /** Sets the files that are named; there is at least one. */
  public abstract void take(List<Path> files);
}

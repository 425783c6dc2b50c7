package dev.hardwire.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * A command that works on files. Its usual options are read in two ways: by picocli, which knows
 * all of them, explains them and says what is wrong; and by {@link QuickStart}, which saves most of
 * the time that a start takes.
 */
abstract class FileCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  private Streams streams;

  /** Where it prints. */
  final Streams streams() {
    return streams == null ? Streams.of(spec) : streams;
  }

  /**
   * Runs it after a quick start.
   *
   * @return the exit code
   */
  final int run(Streams target) {
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
  abstract boolean take(QuickWords words);

  /** Sets the files that are named; there is at least one. */
  abstract void take(List<Path> files);
}

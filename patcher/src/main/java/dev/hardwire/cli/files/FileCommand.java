package dev.hardwire.cli.files;

import dev.hardwire.cli.report.BaseCommand;
import dev.hardwire.cli.report.Failures;
import dev.hardwire.cli.report.Streams;
import java.io.IOException;
import picocli.CommandLine.Command;

/**
 * A command that works on files, or runs one. Usual command lines are read by QuickStart, which
 * saves most of the time that a start takes; all others by picocli.
 */
public abstract class FileCommand extends BaseCommand {
  private Streams streams;

  @Override
  public final Streams streams() {
    return streams == null ? super.streams() : streams;
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
      String name = getClass().getAnnotation(Command.class).name();
      return new Failures(target.err()).reportCommand("hardwire " + name, e).code();
    }
  }

  @Override
  public abstract Integer call() throws IOException;
}

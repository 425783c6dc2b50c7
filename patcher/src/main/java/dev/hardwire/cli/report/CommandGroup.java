package dev.hardwire.cli.report;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that is followed by one of its commands. */
public abstract class CommandGroup implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public final void run() {
    throw new Missing(spec.commandLine());
  }

  /** A command line that ends where a command has to follow. */
  public static final class Missing extends ParameterException {
    private Missing(CommandLine before) {
      super(before, "missing command");
    }
  }
}

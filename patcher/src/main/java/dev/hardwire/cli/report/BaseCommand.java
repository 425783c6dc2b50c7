package dev.hardwire.cli.report;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command, which returns its exit code. */
public abstract class BaseCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  /** The model of the command, as picocli has read it. */
  protected final CommandSpec spec() {
    return spec;
  }

  /** The streams that it prints to. */
  public Streams streams() {
    return new Streams(spec.commandLine().getOut(), spec.commandLine().getErr());
  }

  protected final PrintWriter out() {
    return streams().out();
  }

  protected final PrintWriter err() {
    return streams().err();
  }
}

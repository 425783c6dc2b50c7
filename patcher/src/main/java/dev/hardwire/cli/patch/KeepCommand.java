package dev.hardwire.cli.patch;

import dev.hardwire.cli.report.BaseCommand;
import dev.hardwire.cli.report.CommandGroup;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.Failures;
import dev.hardwire.cli.report.Streams;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.cli.report.WarningLines;
import dev.hardwire.keep.FormerProcess;
import dev.hardwire.keep.Keeper;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code hardwire keep}. */
@Command(
    name = "keep",
    description = "Keep programs of packages hard-wired when the packages are upgraded.",
    footer = "  hardwire keep enable",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      KeepCommand.Enable.class,
      KeepCommand.Status.class,
      KeepCommand.Refresh.class,
      KeepCommand.Disable.class,
    })
public final class KeepCommand extends CommandGroup {
  /** {@code hardwire keep enable}. */
  @Command(
      name = "enable",
      description =
          "Put hard-wired copies in the places of the programs that the manifests in"
              + " /etc/hardwire/keep.d name.",
      footer = "  hardwire keep enable",
      mixinStandardHelpOptions = true)
  static final class Enable extends BaseCommand {
    @Override
    public Integer call() throws IOException {
      return told(streams(), Keeper.enable(warnings(streams())), true);
    }
  }

  /** {@code hardwire keep refresh}. */
  @Command(
      name = "refresh",
      description =
          "Make the copies again whose programs, policies or manifests have changed. dpkg and"
              + " rpm run this after each upgrade.",
      footer = "  hardwire keep refresh",
      mixinStandardHelpOptions = true)
  static final class Refresh extends BaseCommand {
    @Override
    public Integer call() throws IOException {
      return refresh(streams());
    }
  }

  /** Runs {@code hardwire keep refresh}, which upgrades wait for. */
  private static int refresh(Streams streams) throws IOException {
    return told(streams, Keeper.refresh(warnings(streams)), false);
  }

  /**
   * The same without picocli.
   *
   * @return the exit code
   */
  public static int refreshQuickly(Streams streams) {
    try {
      return refresh(streams);
    } catch (IOException | RuntimeException e) {
      return new Failures(streams.err()).reportCommand("hardwire keep refresh", e).code();
    }
  }

  /** {@code hardwire keep disable}. */
  @Command(
      name = "disable",
      description = "Give every program back as its package has it.",
      footer = "  hardwire keep disable",
      mixinStandardHelpOptions = true)
  static final class Disable extends BaseCommand {
    @Override
    public Integer call() throws IOException {
      return told(streams(), Keeper.disable(), true);
    }
  }

  /** {@code hardwire keep status}. */
  @Command(
      name = "status",
      description =
          "Say for each program whether it is kept, and which processes run a former file. Exits"
              + " with 5 if a program, or a library that its policy was derived from, is another"
              + " one.",
      footer = "  hardwire keep status",
      mixinStandardHelpOptions = true)
  static final class Status extends BaseCommand {
    @Override
    public Integer call() throws IOException {
      List<Keeper.Finding> findings = Keeper.status(warnings(streams()));
      told(streams(), findings, true);
      boolean isOther = Keeper.warnOfOtherFiles(warnings(streams()));
      boolean isKept =
          findings.stream()
              .allMatch(
                  one -> one.kind() == Keeper.Kind.KEPT || one.kind() == Keeper.Kind.NOT_INSTALLED);
      return isOther || !isKept ? ExitCode.VERIFICATION_FAILED.code() : ExitCode.OK.code();
    }
  }

  private static WarningLines warnings(Streams streams) {
    return new WarningLines(streams.err(), false);
  }

  /**
   * Prints what was done, and the processes that run former files.
   *
   * @param isComplete whether programs are named with which nothing was done
   * @return the exit code that the first failure decides
   */
  private static int told(Streams streams, List<Keeper.Finding> findings, boolean isComplete)
      throws IOException {
    ExitCode code = ExitCode.OK;
    Failures failures = new Failures(streams.err());
    for (Keeper.Finding one : findings) {
      if (one.failure().isPresent()) {
        ExitCode own = failures.report(one.program().toString(), one.failure().get());
        code = code == ExitCode.OK ? own : code;
      }
      boolean isQuiet = one.kind() == Keeper.Kind.KEPT || one.kind() == Keeper.Kind.NOT_INSTALLED;
      if (isComplete || !isQuiet) {
        streams.out().println(TerminalText.of(one.program() + ": " + text(one.kind())));
      }
    }
    for (FormerProcess one : Keeper.formerProcesses()) {
      streams
          .out()
          .println(
              TerminalText.of(
                  "%s: process %d runs a former %s; restart it"
                      .formatted(
                          one.program(),
                          one.process(),
                          one.file().equals(one.program()) ? "file" : one.file())));
    }
    return code.code();
  }

  private static String text(Keeper.Kind kind) {
    return switch (kind) {
      case KEPT -> "kept";
      case MADE -> "hard-wired";
      case STALE -> "not what its manifest makes of the installed program";
      case NOT_KEPT -> "named by a manifest, but not kept";
      case NOT_INSTALLED -> "not installed";
      case REMOVED -> "removed with its package";
      case GIVEN_BACK -> "given back";
      case REFUSED -> "not kept";
      case OLD -> "the former version stays in its place";
      case STOPPED -> "stopped, it does not start any more";
      case UNCONFINED -> "given back, NOT CONFINED";
    };
  }
}

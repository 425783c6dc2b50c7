package dev.hardwire.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** How a program is run to learn from it. */
final class TraceOptions {
  @Option(
      names = "--hook",
      paramLabel = "HOOK",
      description =
          "With --exec: where the stub runs, and so where counting starts:"
              + " ${COMPLETION-CANDIDATES} (default: auto). Patch with the same hook.")
  private HookChoice hook;

  @Option(names = "--log", paramLabel = "FILE", description = "With --exec: keep the trace here.")
  Path log;

  /** The hook that was chosen. */
  HookChoice hook() {
    return hook == null ? HookChoice.AUTO : hook;
  }

  /** Refuses the options where no program is run. */
  void checkAbsent() {
    if (hook != null || log != null) {
      throw new UsageException("--hook and --log need --exec");
    }
  }
}

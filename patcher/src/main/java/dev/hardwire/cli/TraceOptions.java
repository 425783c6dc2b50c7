package dev.hardwire.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** How a program is run to learn from it. */
final class TraceOptions {
  @Option(
      names = "--hook",
      paramLabel = "HOOK",
      converter = HookChoice.Converter.class,
      completionCandidates = HookChoice.Candidates.class,
      defaultValue = "auto",
      description =
          "With --exec: where the stub runs, and so where counting starts:"
              + " ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}). Patch with the same hook.")
  HookChoice hook;

  @Option(names = "--log", paramLabel = "FILE", description = "With --exec: keep the trace here.")
  Path log;

  /** Refuses the options where no program is run. */
  void checkAbsent() {
    if (hook.hook().isPresent() || log != null) {
      throw new UsageException("--hook and --log need --exec");
    }
  }
}

package dev.hardwire.cli.options;

import dev.hardwire.work.HookChoice;
import picocli.CommandLine.Option;

/** {@code --hook} of the commands that patch. */
@OptionHeading("Patching")
public final class HookOption {
  @Option(
      names = "--hook",
      paramLabel = "HOOK",
      defaultValue = "auto",
      converter = HookConverter.class,
      completionCandidates = HookConverter.Candidates.class,
      description = "Where the stub runs: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  HookChoice hook = HookChoice.BY_FILE;

  /** The hook, or the choice by the file. */
  public HookChoice choice() {
    return hook;
  }

  /** Whether one hook is demanded. */
  boolean isGiven() {
    return hook != HookChoice.BY_FILE;
  }
}

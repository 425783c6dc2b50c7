package dev.hardwire.cli.options;

import dev.hardwire.cli.report.UsageException;
import dev.hardwire.core.ExistingPatch;
import dev.hardwire.core.HookChoice;
import dev.hardwire.core.PatchSettings;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options of how a policy is embedded. */
public final class PatchOptions {
  @Option(
      names = "--hook",
      paramLabel = "HOOK",
      defaultValue = "auto",
      converter = HookConverter.class,
      completionCandidates = HookConverter.Candidates.class,
      description = "Where the stub runs: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private HookChoice hook = HookChoice.BY_FILE;

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      defaultValue = "stub",
      description = {
        "What installs the policy: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).",
        "stub: code in the file. needed: a shared library that hardwire library has written.",
      })
  private ModeChoice mode = ModeChoice.STUB;

  @Option(
      names = "--library",
      paramLabel = "LIBRARY",
      description = "With --mode needed: the library's absolute path, or its soname.")
  private String library;

  @Option(
      names = "--replace",
      description = "Exchange the policy of a file that is hard-wired already.")
  private boolean replace;

  @Option(
      names = "--stack",
      description = "Add a policy to a file that is hard-wired already; both will apply.")
  private boolean stack;

  @Option(names = "--shared-library", description = "Patch shared libraries too.")
  private boolean sharedLibrary;

  /** Sets one of these options in a quick start. */
  public boolean take(QuickWords words) {
    switch (words.option()) {
      case "--hook" -> hook = HookChoice.named(words.text()).orElseGet(() -> unknown(words));
      case "--mode" -> mode = words.constant(ModeChoice.class);
      case "--library" -> library = words.text();
      case "--replace" -> replace = words.flag();
      case "--stack" -> stack = words.flag();
      case "--shared-library" -> sharedLibrary = words.flag();
      default -> {
        return false;
      }
    }
    return true;
  }

  private static HookChoice unknown(QuickWords words) {
    words.giveUp();
    return HookChoice.BY_FILE;
  }

  /** The settings. */
  public PatchSettings settings() {
    ExistingPatch existing = ExistingPatch.REFUSE;
    if (replace || stack) {
      existing = replace ? ExistingPatch.REPLACE : ExistingPatch.STACK;
    }
    return PatchSettings.DEFAULT
        .withHook(hook)
        .withLibrary(Optional.ofNullable(library))
        .withExisting(existing)
        .withSharedLibraries(sharedLibrary);
  }

  /** Refuses options that contradict each other. */
  public void check() {
    if (replace && stack) {
      throw new UsageException("--replace and --stack exclude each other");
    }
    boolean needed = mode == ModeChoice.NEEDED;
    if (needed != (library != null)) {
      throw new UsageException("--mode needed and --library LIBRARY belong together");
    }
    if (needed && hook != HookChoice.BY_FILE) {
      throw new UsageException("--hook is for --mode stub: the dynamic linker calls a library");
    }
    if (needed && PatchSettings.libraryFault(library).isPresent()) {
      throw new UsageException(
          "--library takes an absolute path or a soname: "
              + PatchSettings.libraryFault(library).get());
    }
  }
}

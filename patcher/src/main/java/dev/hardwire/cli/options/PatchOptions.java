package dev.hardwire.cli.options;

import dev.hardwire.PatchTask;
import dev.hardwire.cli.report.UsageException;
import java.util.Locale;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of how a policy is embedded. */
@OptionHeading("Patching")
public final class PatchOptions {
  /** The values of {@code --mode}. */
  public enum Mode {
    STUB,
    NEEDED;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Mixin final HookOption hook = new HookOption();

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      defaultValue = "stub",
      description = {
        "What installs the policy: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).",
        "stub: code in the file; needed: a shared library written by \"hardwire library\".",
      })
  Mode mode = Mode.STUB;

  @Option(
      names = "--library",
      paramLabel = "LIBRARY",
      description = "With --mode needed: the library's absolute path, or its soname.")
  String library;

  @Option(
      names = "--replace",
      description = "Replace the policy of a file that is already hard-wired.")
  boolean replace;

  @Option(
      names = "--stack",
      description = "Add a policy to a file that is already hard-wired; both apply.")
  boolean stack;

  @Option(names = "--shared-library", description = "Patch shared libraries too.")
  boolean sharedLibrary;

  /** Sets them. */
  public PatchTask applyTo(PatchTask given) {
    PatchTask task = given.hook(hook.hook());
    if (library != null) {
      task = needing(task);
    }
    if (replace) {
      task = task.replaceExisting();
    }
    if (stack) {
      task = task.stackOnExisting();
    }
    return sharedLibrary ? task.allowSharedLibrary() : task;
  }

  private PatchTask needing(PatchTask task) {
    try {
      return task.neededLibrary(library);
    } catch (IllegalArgumentException fault) {
      throw new UsageException(
          "--library requires an absolute path or a soname: " + fault.getMessage());
    }
  }

  /** Refuses options that contradict each other. */
  public void check() {
    boolean needed = mode == Mode.NEEDED;
    if (needed && library == null) {
      throw new UsageException("--mode needed requires --library LIBRARY");
    }
    if (!needed && library != null) {
      throw new UsageException("--library LIBRARY requires --mode needed");
    }
    if (needed && hook.hook != null) {
      throw new UsageException(
          "--hook and --mode needed cannot be used together: the dynamic linker calls the library");
    }
  }
}

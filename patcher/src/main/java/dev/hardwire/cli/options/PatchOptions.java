package dev.hardwire.cli.options;

import dev.hardwire.arch.Target;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.plan.PatchRequest;
import java.util.Optional;
import picocli.CommandLine.Option;

/** How a policy is embedded into a file. */
@OptionHeading("Patching")
public final class PatchOptions {
  @Option(
      names = "--hook",
      paramLabel = "HOOK",
      defaultValue = "auto",
      converter = HookChoice.Converter.class,
      completionCandidates = HookChoice.Candidates.class,
      description = "Where the stub runs: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  HookChoice hook = HookChoice.BY_FILE;

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      defaultValue = "stub",
      description = {
        "What installs the policy: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).",
        "stub: code in the file; needed: a shared library written by \"hardwire library\".",
      })
  ModeChoice mode = ModeChoice.STUB;

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

  /** Whether the existing policy of a file is replaced. */
  public boolean replaces() {
    return replace;
  }

  /** Whether the existing policy of a file is kept in addition to the new one. */
  public boolean stacks() {
    return stack;
  }

  /** Whether files that are already hard-wired are patched. */
  public boolean changesPatched() {
    return replace || stack;
  }

  public boolean patchesLibraries() {
    return sharedLibrary;
  }

  /** The library that a program will need, in mode needed. */
  public Optional<String> library() {
    return Optional.ofNullable(library);
  }

  /** The request to patch a file for a machine. */
  public PatchRequest request(PolicySource policy, Target machine) {
    PolicySource.Setup setup = policy.setup(machine);
    return new PatchRequest(
        setup.program(), setup.policy(), hook.hook(), library(), sharedLibrary, stack);
  }

  /** Rejects options that cannot be used together. */
  public void check() {
    if (replace && stack) {
      throw new UsageException("--replace and --stack cannot be used together");
    }
    boolean needed = mode == ModeChoice.NEEDED;
    if (needed && library == null) {
      throw new UsageException("--mode needed requires --library LIBRARY");
    }
    if (!needed && library != null) {
      throw new UsageException("--library LIBRARY requires --mode needed");
    }
    if (needed && hook.hook().isPresent()) {
      throw new UsageException(
          "--hook and --mode needed cannot be used together: the dynamic linker calls the library");
    }
    boolean soname = needed && !library.isEmpty() && !library.contains("/");
    if (needed && !soname && !library.startsWith("/")) {
      throw new UsageException(
          "--library requires an absolute path or a soname: the dynamic linker would look for \""
              + library
              + "\" in the folder where the program is started");
    }
  }
}

package dev.hardwire.cli.options;

import dev.hardwire.arch.Target;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.plan.PatchRequest;
import java.util.Optional;
import picocli.CommandLine.Option;

/** How a policy gets into a file. */
public final class PatchOptions {
  @Option(
      names = "--hook",
      paramLabel = "HOOK",
      defaultValue = "auto",
      converter = HookChoice.Converter.class,
      completionCandidates = HookChoice.Candidates.class,
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

  /** Whether a file's own policy is exchanged. */
  public boolean replaces() {
    return replace;
  }

  /** Whether a file's own policy stays beside the new one. */
  public boolean stacks() {
    return stack;
  }

  /** Whether the patch of a file that is hard-wired already is wanted. */
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

  /** What is asked for with a file of some machine. */
  public PatchRequest request(PolicySource policy, Target machine) {
    PolicySource.Setup setup = policy.setup(machine);
    return new PatchRequest(
        setup.program(), setup.policy(), hook.hook(), library(), sharedLibrary, stack);
  }

  /** Refuses what does not make sense together. */
  public void check() {
    if (replace && stack) {
      throw new UsageException("--replace and --stack exclude each other");
    }
    boolean needed = mode == ModeChoice.NEEDED;
    if (needed != (library != null)) {
      throw new UsageException("--mode needed and --library LIBRARY belong together");
    }
    if (needed && hook.hook().isPresent()) {
      throw new UsageException("--hook is for --mode stub: the dynamic linker calls a library");
    }
    boolean soname = needed && !library.isEmpty() && !library.contains("/");
    if (needed && !soname && !library.startsWith("/")) {
      throw new UsageException(
          "--library takes an absolute path or a soname: the dynamic linker would look for \""
              + library
              + "\" in the folder where the program is started");
    }
  }
}

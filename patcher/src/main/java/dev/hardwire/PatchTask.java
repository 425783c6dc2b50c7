package dev.hardwire;

import dev.hardwire.core.ExistingPatch;
import dev.hardwire.core.FilePatcher;
import dev.hardwire.core.FileSigner;
import dev.hardwire.core.HookChoice;
import dev.hardwire.core.Patch;
import dev.hardwire.core.PatchSettings;
import dev.hardwire.core.PolicyPerArchitecture;
import dev.hardwire.core.PolicySource;
import dev.hardwire.core.VerificationFailure;
import dev.hardwire.core.files.Outputs;
import dev.hardwire.core.files.PendingOutput;
import dev.hardwire.core.files.ProgramFile;
import dev.hardwire.policy.Policy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A patch of one executable. Immutable: each setter returns a new task. */
public final class PatchTask {
  private final Path file;
  private final Optional<GivenPolicy> policy;
  private final PatchSettings settings;
  private final boolean mapped;
  private final boolean strict;
  private final Optional<Credentials> signer;

  PatchTask(Path file) {
    this(file, Optional.empty(), PatchSettings.DEFAULT, false, false, Optional.empty());
  }

  private PatchTask(
      Path file,
      Optional<GivenPolicy> policy,
      PatchSettings settings,
      boolean mapped,
      boolean strict,
      Optional<Credentials> signer) {
    this.file = file;
    this.policy = policy;
    this.settings = settings;
    this.mapped = mapped;
    this.strict = strict;
    this.signer = signer;
  }

  private PatchTask with(PatchSettings newSettings) {
    return new PatchTask(file, policy, newSettings, mapped, strict, signer);
  }

  private PatchTask with(GivenPolicy newPolicy) {
    return new PatchTask(file, Optional.of(newPolicy), settings, mapped, strict, signer);
  }

  /**
   * Sets the policy.
   *
   * @param newPolicy used on every architecture
   * @return a new task
   */
  public PatchTask policy(Policy newPolicy) {
    return with(GivenPolicy.of(newPolicy));
  }

  /**
   * Sets the policy to that of a file, in any format that {@link Policies#read(Path)} reads. It is
   * read for the architecture of the executable.
   *
   * @param policyFile read when the executable is patched
   * @return a new task
   */
  public PatchTask policy(Path policyFile) {
    return with(GivenPolicy.of(policyFile));
  }

  /**
   * Sets where the policy is installed. By default the file decides: {@link Hook#INIT} if it has an
   * init array that is run, else {@link Hook#ENTRY}.
   *
   * @param hook the only hook to try
   * @return a new task
   */
  public PatchTask hook(Hook hook) {
    return with(settings.withHook(HookChoice.valueOf(hook.name())));
  }

  /**
   * Makes the program need a shared library that installs the policy, instead of adding code to the
   * file ({@code --mode needed}).
   *
   * @param library an absolute path or a soname ({@code DT_SONAME})
   * @return a new task
   * @throws IllegalArgumentException for a relative path
   */
  public PatchTask neededLibrary(String library) {
    PatchSettings.libraryFault(library)
        .ifPresent(
            fault -> {
              throw new IllegalArgumentException(fault);
            });
    return with(settings.withLibrary(Optional.of(library)));
  }

  /**
   * Replaces the patch that the file may have already; signatures are removed. By default such a
   * file is refused.
   *
   * @return a new task
   */
  public PatchTask replaceExisting() {
    return with(settings.withExisting(ExistingPatch.REPLACE));
  }

  /**
   * Adds the policy to that of a file which is patched already, so that both apply; signatures are
   * removed. By default such a file is refused.
   *
   * @return a new task
   */
  public PatchTask stackOnExisting() {
    return with(settings.withExisting(ExistingPatch.STACK));
  }

  /**
   * Allows the file to be a shared library, which is refused by default.
   *
   * @return a new task
   */
  public PatchTask allowSharedLibrary() {
    return with(settings.withSharedLibraries(true));
  }

  /**
   * Allows a dynamic linker other than those of glibc and musl. It runs before the policy is
   * installed, so it has to be trusted.
   *
   * @param paths as {@code PT_INTERP} names them; these replace paths that were given before
   * @return a new task
   */
  public PatchTask acceptInterpreters(String... paths) {
    return with(settings.withInterpreters(Set.of(paths)));
  }

  /**
   * Lets names of x86-64 calls in the policy stand for the calls by which other architectures do
   * the same ({@code map_missing_calls} in a policy).
   *
   * @return a new task
   */
  public PatchTask mapMissingCalls() {
    return new PatchTask(file, policy, settings, true, strict, signer);
  }

  /**
   * Refuses a policy that names a call which can be made another way on the file's architecture. By
   * default that is a warning.
   *
   * @return a new task
   */
  public PatchTask strict() {
    return new PatchTask(file, policy, settings, mapped, true, signer);
  }

  /**
   * Signs the patched file.
   *
   * @param credentials the key, read when the executable is patched
   * @return a new task
   */
  public PatchTask signWith(Credentials credentials) {
    return new PatchTask(file, policy, settings, mapped, strict, Optional.of(credentials));
  }

  /**
   * Patches and writes the result to another file, with mode, owner and attributes of the input.
   *
   * @param output created or replaced; not the input
   * @return what was written
   * @throws IOException if a file cannot be read or written
   * @throws dev.hardwire.policy.PolicyException if the policy is not valid
   * @throws HardwireException if the file cannot be patched or signed
   * @throws IllegalStateException if there is no policy
   */
  public PatchResult to(Path output) throws IOException {
    requireConsistent();
    return OutputTask.to(file, output, this::patch);
  }

  /**
   * Patches and replaces the input by the result. If the input is a symbolic link, its target is
   * replaced.
   *
   * @return what was written
   * @throws IOException if a file cannot be read or written
   * @throws dev.hardwire.policy.PolicyException if the policy is not valid
   * @throws HardwireException if the file cannot be patched or signed
   * @throws IllegalStateException if there is no policy
   */
  public PatchResult inPlace() throws IOException {
    requireConsistent();
    return OutputTask.inPlace(file, this::patch);
  }

  /**
   * Plans the patch and writes nothing.
   *
   * @return decisions with their reasons, then every byte range that would change or be added, a
   *     line each, for people
   * @throws IOException if a file cannot be read
   * @throws dev.hardwire.policy.PolicyException if the policy is not valid
   * @throws HardwireException if the file cannot be patched
   * @throws IllegalStateException if there is no policy
   */
  public List<String> plan() throws IOException {
    requireConsistent();
    return Failure.translated(
        () -> {
          WarningList warnings = new WarningList();
          try (ProgramFile program = ProgramFile.open(file)) {
            return patcher(warnings).plan(program, warnings).lines();
          }
        });
  }

  private void requireConsistent() {
    if (policy.isEmpty()) {
      throw new IllegalStateException("no policy");
    }
    if (settings.library().isPresent() && settings.hook() != HookChoice.BY_FILE) {
      throw new IllegalStateException("a hook and a needed library cannot be used together");
    }
  }

  private FilePatcher patcher(WarningList warnings) throws IOException {
    PolicyPerArchitecture given = policy.orElseThrow().read();
    return FilePatcher.of(
        settings,
        new PolicySource(mapped ? given.withMissingCallsMapped() : given, strict, warnings::warn),
        1);
  }

  private PatchResult patch(ProgramFile program, Outputs outputs, WarningList warnings)
      throws IOException, VerificationFailure {
    FilePatcher patcher = patcher(warnings);
    Optional<FileSigner> key =
        signer.isPresent() ? Optional.of(signer.get().signer()) : Optional.empty();
    try (PendingOutput output = outputs.begin(program)) {
      Patch.Result result =
          patcher.plan(program, output::copyBase, warnings).write(output, key, warnings);
      return new PatchResult(
          result.target(),
          Hook.of(result.hook()),
          result.library(),
          result.growth(),
          key.map(by -> by.identity().subject()),
          warnings.messages());
    }
  }
}

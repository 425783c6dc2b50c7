package dev.hardwire;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.patch.plan.PatchSettings;
import dev.hardwire.policy.Hook;
import dev.hardwire.policy.HookChoice;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.work.FilePatcher;
import dev.hardwire.work.FileSigner;
import dev.hardwire.work.GivenPolicy;
import dev.hardwire.work.Patch;
import dev.hardwire.work.PatchRun;
import dev.hardwire.work.ProgramWork;
import dev.hardwire.work.Signing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** The patch of executables. Immutable: each setter returns a new task. */
public final class PatchTask {
  private final List<FoundFile> files;
  private final GivenPolicy policy;
  private final Optional<Consumer<PolicyWarning>> listener;
  private final PatchSettings settings;
  private final Optional<Credentials> signer;

  PatchTask(List<FoundFile> files) {
    this(files, GivenPolicy.NONE, Optional.empty(), PatchSettings.DEFAULT, Optional.empty());
  }

  private PatchTask(
      List<FoundFile> files,
      GivenPolicy policy,
      Optional<Consumer<PolicyWarning>> listener,
      PatchSettings settings,
      Optional<Credentials> signer) {
    this.files = List.copyOf(files);
    this.policy = policy;
    this.listener = listener;
    this.settings = settings;
    this.signer = signer;
  }

  private PatchTask with(PatchSettings newSettings) {
    return new PatchTask(files, policy, listener, newSettings, signer);
  }

  private PatchTask with(GivenPolicy newPolicy) {
    return new PatchTask(files, newPolicy, listener, settings, signer);
  }

  /**
   * Sets the policy.
   *
   * @param newPolicy used on every architecture
   * @return a new task
   */
  public PatchTask policy(Policy newPolicy) {
    return policy(newPolicy, "the caller");
  }

  /**
   * Sets the policy, and names its origin in notes.
   *
   * @param newPolicy used on every architecture
   * @param origin where it comes from, such as {@code the command line}
   * @return a new task
   */
  public PatchTask policy(Policy newPolicy, String origin) {
    return with(policy.of(newPolicy, origin));
  }

  /**
   * Sets the policy to that of a file, in any format that {@link Policies#read(Path)} reads. It is
   * read for the architecture of the executable.
   *
   * @param policyFile read when the executable is patched
   * @param includeRoots directories in which files that the policy includes are looked for, after
   *     its own
   * @return a new task
   */
  public PatchTask policy(Path policyFile, Path... includeRoots) {
    return with(policy.of(policyFile, List.of(includeRoots)));
  }

  /**
   * Takes the warnings about the policy, each once, from any thread. By default they are those of
   * the file that is being patched.
   *
   * @param newListener called when the policy is compiled for an architecture
   * @return a new task
   */
  public PatchTask policyWarnings(Consumer<PolicyWarning> newListener) {
    return new PatchTask(files, policy, Optional.of(newListener), settings, signer);
  }

  /**
   * Sets how often programs make calls: frequent calls get short paths through the filter.
   *
   * @param counts a file as {@code hardwire policy compile --weights} reads it
   * @return a new task
   */
  public PatchTask weights(Path counts) {
    return with(policy.weighedBy(counts));
  }

  /**
   * Sets where the policy is installed. By default the file decides: {@link Hook#INIT} if it has an
   * init array that is run, else {@link Hook#ENTRY}.
   *
   * @param hook the only hook to try
   * @return a new task
   */
  public PatchTask hook(Hook hook) {
    return hook(HookChoice.of(hook));
  }

  /**
   * Sets how the place is chosen: {@link HookChoice#AUTO_POST_INIT} also takes programs of which
   * IFUNC resolvers or a preinit array run before every other hook, and installs their policies
   * after their constructors.
   *
   * @param choice for all files
   * @return a new task
   */
  public PatchTask hook(HookChoice choice) {
    return with(settings.withHook(choice));
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
    return with(settings.withLibrary(library));
  }

  /**
   * Replaces the patch that a file has already; signatures are removed. By default it is refused.
   *
   * @return a new task
   */
  public PatchTask replaceExisting() {
    return with(settings.with(PatchSettings.Existing.REPLACE));
  }

  /**
   * Adds the policy to that of a file that is patched already, so that both apply; signatures are
   * removed. By default it is refused.
   *
   * @return a new task
   */
  public PatchTask stackOnExisting() {
    return with(settings.with(PatchSettings.Existing.STACK));
  }

  /**
   * Patches shared libraries, too. By default one that was named is refused, others are skipped.
   *
   * @return a new task
   */
  public PatchTask allowSharedLibrary() {
    return with(settings.withSharedLibraries());
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
    return with(policy.withMissingCallsMapped());
  }

  /**
   * Refuses a policy that names a call which can be made another way on the file's architecture. By
   * default that is a warning.
   *
   * @return a new task
   */
  public PatchTask strict() {
    return with(policy.asStrict());
  }

  /**
   * Does not take a signed file for what this patch writes: {@link #each} patches it again, without
   * its signatures. By default a file that was signed since it was patched is left alone.
   *
   * @return a new task
   */
  public PatchTask requireUnsigned() {
    return with(settings.withoutSignatures());
  }

  /**
   * Signs the patched files.
   *
   * @param credentials the key, read when the executable is patched
   * @return a new task
   */
  public PatchTask signWith(Credentials credentials) {
    return new PatchTask(files, policy, listener, settings, Optional.of(credentials));
  }

  /**
   * Patches and writes the result to another file, with mode, owner and attributes of the input.
   *
   * @param output created or replaced; not the input
   * @return what was written
   * @throws IOException if a file cannot be read or written
   * @throws HardwireException if the file cannot be patched or signed
   * @throws IllegalStateException if there is no policy
   */
  public PatchResult to(Path output) throws IOException {
    return only(Destination.file(output));
  }

  /**
   * Patches and replaces the input. If it is a symbolic link, its target is replaced.
   *
   * @return what was written
   * @throws IOException if a file cannot be read or written
   * @throws HardwireException if the file cannot be patched or signed
   */
  public PatchResult inPlace() throws IOException {
    return only(Destination.inPlace());
  }

  /**
   * Patches a program that is in memory, as it may come from a stream or an archive. Warnings go
   * only to {@link #policyWarnings}.
   *
   * @param program the bytes of an ELF executable; they stay as they are
   * @return the bytes of the patched program, the same that {@link #to} writes
   * @throws IOException if a file that the task names cannot be read
   * @throws HardwireException if the program cannot be patched, or the key cannot be used
   * @throws dev.hardwire.policy.PolicyException if the policy is invalid
   * @throws IllegalStateException if there is no policy, or the credentials ask for an IMA
   *     signature or a statement, which only {@link #to} can write
   */
  public byte[] on(byte[] program) throws IOException {
    return HardwireException.translated(
        () -> {
          FilePatcher patcher = FilePatcher.of(settings, policy, listener, 1);
          Optional<FileSigner> key = Optional.empty();
          if (signer.isPresent()) {
            Signing signing = signer.get().open(1);
            if (signing.further().isGiven()) {
              throw new IllegalStateException(
                  "IMA signatures and statements are about files, and the program is in memory");
            }
            key = Optional.of(signing.signer());
          }
          return patcher.patched(Bytes.copyOf(program), key).toArray();
        });
  }

  private PatchResult only(Destination destination) throws IOException {
    return FileResult.only(files, patching(run(destination, true).always(), destination));
  }

  /**
   * Plans the patch and writes nothing.
   *
   * @return decisions with their reasons, then every byte range that would change or be added, a
   *     line each, for people
   * @throws IOException if a file cannot be read
   */
  public List<String> plan() throws IOException {
    return FileResult.only(files, plans());
  }

  /**
   * Prepares to plan the patch of each file. Nothing is written.
   *
   * @return gives the lines of {@link #plan}
   * @throws IOException if the policy cannot be read
   */
  public FileWork<List<String>> plans() throws IOException {
    return planning(PatchRun.plans(HardwireException.translated(this::prepare)));
  }

  /**
   * Prepares to plan what {@link #each} would do for each file. Nothing is written.
   *
   * @param destination of the results
   * @return gives the lines of {@link #plan}
   * @throws IOException if the policy or the key cannot be read
   */
  public FileWork<List<String>> plans(Destination destination) throws IOException {
    return planning(run(destination, false).plans());
  }

  /**
   * Prepares to patch each file. A file that is patched already is left alone if this patch would
   * write the same.
   *
   * @param destination of the results
   * @return patches one file
   * @throws IOException if the policy or the key cannot be read
   * @throws HardwireException if two results would have one path, or the key cannot be used
   */
  public FileWork<PatchResult> each(Destination destination) throws IOException {
    return patching(run(destination, true).work(), destination);
  }

  /**
   * Prepares to find out what {@link #each} would do for each file. Nothing is written.
   *
   * @param destination of the results
   * @return answers {@code DONE}, without a result, for a file that would be patched
   * @throws IOException if the policy or the key cannot be read
   */
  public FileWork<PatchResult> checks(Destination destination) throws IOException {
    return patching(run(destination, false).work(), destination);
  }

  private static FileWork<PatchResult> patching(
      ProgramWork<Patch.Result> work, Destination destination) {
    return FileResult.work(work, destination.group(), PatchResult::of);
  }

  private static FileWork<List<String>> planning(ProgramWork<List<String>> work) {
    return FileResult.work(work, Optional.empty(), (lines, warnings) -> lines);
  }

  private PatchRun run(Destination destination, boolean writes) throws IOException {
    return HardwireException.translated(
        () -> {
          FilePatcher patcher = prepare();
          Optional<Signing> signing =
              signer.isPresent() ? Optional.of(signer.get().open(files.size())) : Optional.empty();
          return new PatchRun(patcher, destination.prepare(files, writes), signing, writes);
        });
  }

  private FilePatcher prepare() throws IOException {
    return FilePatcher.of(settings, policy, listener, files.size());
  }
}

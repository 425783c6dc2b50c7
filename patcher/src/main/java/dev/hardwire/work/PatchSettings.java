package dev.hardwire.work;

import dev.hardwire.patch.plan.PatchRequest;
import java.util.Optional;
import java.util.Set;

/**
 * How files are patched. Immutable: each {@code with} method returns new settings.
 *
 * @param hook where the setup program runs; {@link HookChoice#BY_FILE} with a library
 * @param library the shared library, an absolute path or a DT_SONAME, that installs the policy;
 *     empty for a stub in the file
 * @param existing what to do with files that are patched already
 * @param sharedLibraries whether shared libraries are patched; they are refused otherwise
 * @param interpreters paths of dynamic linkers to accept beside those of glibc and musl
 */
public record PatchSettings(
    HookChoice hook,
    Optional<String> library,
    ExistingPatch existing,
    boolean sharedLibraries,
    Set<String> interpreters) {
  /** A stub, its hook chosen by the file, in executables that are not patched yet. */
  public static final PatchSettings DEFAULT =
      new PatchSettings(
          HookChoice.BY_FILE, Optional.empty(), ExistingPatch.REFUSE, false, Set.of());

  /** The same with another hook. */
  public PatchSettings withHook(HookChoice newHook) {
    return new PatchSettings(newHook, library, existing, sharedLibraries, interpreters);
  }

  /** The same with a library instead of a stub; empty for a stub. */
  public PatchSettings withLibrary(Optional<String> newLibrary) {
    return new PatchSettings(hook, newLibrary, existing, sharedLibraries, interpreters);
  }

  /** The same with another answer to files that are patched already. */
  public PatchSettings withExisting(ExistingPatch newExisting) {
    return new PatchSettings(hook, library, newExisting, sharedLibraries, interpreters);
  }

  /** The same, shared libraries patched or refused. */
  public PatchSettings withSharedLibraries(boolean patched) {
    return new PatchSettings(hook, library, existing, patched, interpreters);
  }

  /** The same, accepting these dynamic linkers too. */
  public PatchSettings withInterpreters(Set<String> paths) {
    return new PatchSettings(hook, library, existing, sharedLibraries, Set.copyOf(paths));
  }

  /**
   * What is wrong with the name of a library, if anything.
   *
   * @return a clause
   */
  public static Optional<String> libraryFault(String library) {
    boolean soname = !library.isEmpty() && !library.contains("/");
    return soname || library.startsWith("/")
        ? Optional.empty()
        : Optional.of(
            "the dynamic linker would look for \""
                + library
                + "\" in the folder where the program is started");
  }

  PatchRequest request(PolicySource.Setup setup) {
    PatchRequest request =
        PatchRequest.of(setup.program(), setup.policy())
            .withPhases(setup.phases())
            .withHook(hook.hook())
            .withLibrary(library)
            .withInterpreters(interpreters);
    if (sharedLibraries) {
      request = request.accepting(PatchRequest.Accepted.SHARED_LIBRARY);
    }
    return existing == ExistingPatch.STACK
        ? request.accepting(PatchRequest.Accepted.PATCHED)
        : request;
  }
}

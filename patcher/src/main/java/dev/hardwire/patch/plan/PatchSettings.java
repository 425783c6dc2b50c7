package dev.hardwire.patch.plan;

import dev.hardwire.policy.Hook;
import dev.hardwire.policy.HookChoice;
import java.util.Optional;
import java.util.Set;

/**
 * How files are patched: the one record that commands, the library and the planner share.
 * Immutable: each {@code with} method returns new settings.
 *
 * @param hook where the setup program runs; the file decides with a library
 * @param library the shared library, an absolute path or a DT_SONAME, that the program is made to
 *     need and that installs the policy; empty for a stub in the file
 * @param existing what to do with files that are patched already
 * @param sharedLibraries whether shared libraries are patched; they are refused otherwise
 * @param interpreters paths of dynamic linkers to accept beside those of glibc and musl
 * @param unsigned whether a file that was signed after the same patch counts as another one
 */
public record PatchSettings(
    HookChoice hook,
    Optional<String> library,
    Existing existing,
    boolean sharedLibraries,
    Set<String> interpreters,
    boolean unsigned) {
  /** What to do with a file that is patched already. */
  public enum Existing {
    /** Refuse the file. */
    REFUSE,
    /** Restore the original and patch that; signatures are removed. */
    REPLACE,
    /** Add a second policy, so that both apply; signatures are removed. */
    STACK
  }

  /** A stub, its hook chosen by the file, in executables that are not patched yet. */
  public static final PatchSettings DEFAULT =
      new PatchSettings(HookChoice.AUTO, Optional.empty(), Existing.REFUSE, false, Set.of(), false);

  public PatchSettings {
    interpreters = Set.copyOf(interpreters);
  }

  /** Whether the setup program is to run before the dynamic linker. */
  public boolean isFirst() {
    return hook.hook().equals(Optional.of(Hook.FIRST));
  }

  /** The same with this hook. */
  public PatchSettings withHook(Hook newHook) {
    return withHook(HookChoice.of(newHook));
  }

  /** The same with a hook that is chosen like this. */
  public PatchSettings withHook(HookChoice choice) {
    return new PatchSettings(choice, library, existing, sharedLibraries, interpreters, unsigned);
  }

  /**
   * The same with a library instead of a stub.
   *
   * @throws IllegalArgumentException as {@link #libraryFault} says
   */
  public PatchSettings withLibrary(String newLibrary) {
    Optional<String> fault = libraryFault(newLibrary);
    if (fault.isPresent()) {
      throw new IllegalArgumentException(fault.get());
    }
    return new PatchSettings(
        hook, Optional.of(newLibrary), existing, sharedLibraries, interpreters, unsigned);
  }

  /** The same with another answer to files that are patched already. */
  public PatchSettings with(Existing newExisting) {
    return new PatchSettings(hook, library, newExisting, sharedLibraries, interpreters, unsigned);
  }

  /** The same, shared libraries patched too. */
  public PatchSettings withSharedLibraries() {
    return new PatchSettings(hook, library, existing, true, interpreters, unsigned);
  }

  /** The same, accepting these dynamic linkers too. */
  public PatchSettings withInterpreters(Set<String> paths) {
    return new PatchSettings(hook, library, existing, sharedLibraries, paths, unsigned);
  }

  /** The same, with which a signed file is not what the patch writes. */
  public PatchSettings withoutSignatures() {
    return new PatchSettings(hook, library, existing, sharedLibraries, interpreters, true);
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
}

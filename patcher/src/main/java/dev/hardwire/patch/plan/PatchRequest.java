package dev.hardwire.patch.plan;

import dev.hardwire.elf.note.Hook;
import dev.hardwire.elf.note.PolicyNote;
import dev.hardwire.elf.note.Release;
import dev.hardwire.stub.PhaseProgram;
import dev.hardwire.stub.SetupProgram;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What to do with a file. Immutable: each {@code with} method returns a new request.
 *
 * @param program the setup program
 * @param policy the note with the canonical policy text
 * @param hook empty to choose one that suits the file
 * @param library empty for a stub with a hook; else the shared library, a path or a DT_SONAME, that
 *     the program is made to need and that runs the setup program
 * @param accepted kinds of files that are refused otherwise
 * @param interpreters paths of dynamic linkers that are accepted beside those of glibc and musl
 * @param release the version of Hardwire that the patch record names
 * @param phases what begins later
 */
public record PatchRequest(
    SetupProgram program,
    PolicyNote policy,
    Optional<Hook> hook,
    Optional<String> library,
    Set<Accepted> accepted,
    Set<String> interpreters,
    Release release,
    List<PhaseProgram> phases) {

  /** A kind of file that is patched only on request. */
  public enum Accepted {
    /** A shared library. */
    SHARED_LIBRARY,
    /** A file that is patched already: a second setup program runs before the first. */
    PATCHED
  }

  public PatchRequest {
    accepted = Set.copyOf(accepted);
    interpreters = Set.copyOf(interpreters);
    phases = List.copyOf(phases);
  }

  /** A request for a stub whose hook is chosen by the file. */
  public static PatchRequest of(SetupProgram program, PolicyNote policy) {
    return new PatchRequest(
        program,
        policy,
        Optional.empty(),
        Optional.empty(),
        Set.of(),
        Set.of(),
        Release.CURRENT,
        List.of());
  }

  /** The same with the text that goes into the policy note. */
  public static PatchRequest of(SetupProgram program, String policyText) {
    return of(program, PolicyNote.of(policyText));
  }

  /** The same request with this hook; empty to choose by the file. */
  public PatchRequest withHook(Optional<Hook> newHook) {
    return new PatchRequest(
        program, policy, newHook, library, accepted, interpreters, release, phases);
  }

  /** The same request with this hook. */
  public PatchRequest withHook(Hook newHook) {
    return withHook(Optional.of(newHook));
  }

  /** The same request for a library instead of a stub; empty for a stub. */
  public PatchRequest withLibrary(Optional<String> newLibrary) {
    return new PatchRequest(
        program, policy, hook, newLibrary, accepted, interpreters, release, phases);
  }

  /** The same request for this library instead of a stub. */
  public PatchRequest withLibrary(String newLibrary) {
    return withLibrary(Optional.of(newLibrary));
  }

  /** The same request, which accepts one more kind of file. */
  public PatchRequest accepting(Accepted kind) {
    Set<Accepted> kinds = EnumSet.of(kind);
    kinds.addAll(accepted);
    return new PatchRequest(program, policy, hook, library, kinds, interpreters, release, phases);
  }

  /** The same request, which accepts these dynamic linkers too. */
  public PatchRequest withInterpreters(Set<String> paths) {
    return new PatchRequest(program, policy, hook, library, accepted, paths, release, phases);
  }

  /** The same request, as made by another version of Hardwire. */
  public PatchRequest madeBy(Release maker) {
    return new PatchRequest(program, policy, hook, library, accepted, interpreters, maker, phases);
  }

  /** The same request with these phases. */
  public PatchRequest withPhases(List<PhaseProgram> later) {
    return new PatchRequest(program, policy, hook, library, accepted, interpreters, release, later);
  }

  /** Whether a kind of file is patched. */
  public boolean accepts(Accepted kind) {
    return accepted.contains(kind);
  }
}

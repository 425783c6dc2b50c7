package dev.hardwire.plan;

import dev.hardwire.elf.note.Hook;
import dev.hardwire.elf.note.PolicyNote;
import dev.hardwire.stub.SetupProgram;
import java.util.Optional;

/**
 * How to patch a file.
 *
 * @param program the setup program
 * @param policy the note with the canonical policy text
 * @param hook empty to choose one that suits the file
 * @param sharedLibrary whether shared libraries are patched too
 * @param library empty for a stub with a hook; else the shared library, a path or a DT_SONAME, that
 *     the program is made to need and that runs the setup program
 * @param stack whether an already patched file gets a second setup program, which runs before the
 *     first
 */
public record PatchRequest(
    SetupProgram program,
    PolicyNote policy,
    Optional<Hook> hook,
    Optional<String> library,
    boolean sharedLibrary,
    boolean stack) {

  /** A request with the text that goes into the policy note. */
  public PatchRequest(
      SetupProgram program,
      String policyText,
      Optional<Hook> hook,
      Optional<String> library,
      boolean sharedLibrary,
      boolean stack) {
    this(program, PolicyNote.of(policyText), hook, library, sharedLibrary, stack);
  }

  /** A request for a stub with a hook. */
  public PatchRequest(
      SetupProgram program,
      String policyText,
      Optional<Hook> hook,
      boolean sharedLibrary,
      boolean stack) {
    this(program, policyText, hook, Optional.empty(), sharedLibrary, stack);
  }
}

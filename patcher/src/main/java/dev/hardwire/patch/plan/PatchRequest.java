package dev.hardwire.patch.plan;

import dev.hardwire.elf.note.PolicyNote;
import dev.hardwire.elf.note.Release;
import dev.hardwire.stub.PhaseProgram;
import dev.hardwire.stub.SetupProgram;
import java.util.List;

/**
 * What to put into a file, and how. Immutable: each {@code with} method returns a new request.
 *
 * @param program the setup program
 * @param policy the note with the canonical policy text
 * @param phases what begins later
 * @param release the version of Hardwire that the patch record names
 * @param settings how the file is patched; a file that is patched already is stacked on or refused
 */
public record PatchRequest(
    SetupProgram program,
    PolicyNote policy,
    List<PhaseProgram> phases,
    Release release,
    PatchSettings settings) {
  public PatchRequest {
    phases = List.copyOf(phases);
  }

  public static PatchRequest of(SetupProgram program, PolicyNote policy) {
    return new PatchRequest(program, policy, List.of(), Release.CURRENT, PatchSettings.DEFAULT);
  }

  /** The same with the text that goes into the policy note. */
  public static PatchRequest of(SetupProgram program, String policyText) {
    return of(program, PolicyNote.of(policyText));
  }

  /** The same request with other settings. */
  public PatchRequest with(PatchSettings newSettings) {
    return new PatchRequest(program, policy, phases, release, newSettings);
  }

  /** The same request, as made by another version of Hardwire. */
  public PatchRequest madeBy(Release maker) {
    return new PatchRequest(program, policy, phases, maker, settings);
  }

  /** The same request with these phases. */
  public PatchRequest withPhases(List<PhaseProgram> later) {
    return new PatchRequest(program, policy, later, release, settings);
  }
}

package dev.hardwire.image;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.plan.PatchPlanner;
import dev.hardwire.plan.PatchRequest;
import dev.hardwire.stub.SetupProgram;
import java.util.Optional;

/** Does a patch again that a file says was done. */
public final class RepeatedPatch {
  private RepeatedPatch() {}

  /**
   * What patching an original gives with this version.
   *
   * @param original of which the notes state the digest
   * @param notes what was done: policy, hook
   * @param program what the patched file runs
   * @param library that the program was made to need, if that is how it was done
   * @throws dev.hardwire.elf.ElfFormatException if it cannot be done
   */
  public static Bytes of(
      ElfFile original, HardwireNotes notes, SetupProgram program, Optional<String> library) {
    PatchRequest request =
        new PatchRequest(program, notes.policy(), notes.setup().hook(), library, true, true);
    return PatchedImage.of(
        original.bytes(), PatchPlanner.plan(original, request, notes.record().originalSha256()));
  }
}

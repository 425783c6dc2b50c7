package dev.hardwire.patch;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.form.NormalForm;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.patch.plan.PatchRequest;
import dev.hardwire.patch.plan.PatchSettings;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.stub.SetupCompiler;
import dev.hardwire.stub.SetupProgram;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;

/** Repeats the patch that a file's notes describe. */
public final class RepeatedPatch {
  private RepeatedPatch() {}

  /**
   * Patches an original with this version.
   *
   * @param original of which the notes state the digest
   * @param notes what was done: policy, hook
   * @param program what the patched file runs
   * @param library that the program was made to need, if that is how it was done
   * @throws dev.hardwire.elf.ElfFormatException if the original cannot be patched
   * @throws IllegalStateException if the layout of the result is not consistent
   */
  public static Bytes of(
      ElfFile original, HardwireNotes notes, SetupProgram program, Optional<String> library) {
    byte[] text = notes.policy().text().getBytes(StandardCharsets.UTF_8);
    Policy policy = YamlPolicyReader.read(text, "policy note");
    PatchRequest request =
        PatchRequest.of(program, notes.policy())
            .withPhases(SetupCompiler.phases(original.machine(), policy))
            .madeBy(notes.record().release())
            .with(
                new PatchSettings(
                    notes.setup().hook(),
                    library,
                    PatchSettings.Existing.STACK,
                    true,
                    NormalForm.interpreter(original).map(Set::of).orElse(Set.of())));
    return PlannedPatch.of(original, request, notes.record()::originalSha256).apply();
  }
}

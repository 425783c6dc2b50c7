package dev.hardwire.patch;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.form.NormalForm;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.elf.note.Release;
import dev.hardwire.patch.plan.PatchRequest;
import dev.hardwire.patch.plan.PatchSettings;
import dev.hardwire.policy.HookChoice;
import dev.hardwire.policy.Policy;
import dev.hardwire.stub.PhaseProgram;
import dev.hardwire.stub.SetupCompiler;
import dev.hardwire.stub.SetupProgram;
import dev.hardwire.stub.StubCode;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * How files of one version of the format are made: all that decides a byte of them.
 *
 * <p>Invariant: a constant whose releases have appeared gives the same bytes for ever, so that
 * their files can be verified. Other bytes need another constant, which overrides the methods with
 * its own stub, compiler of setup programs and planner; the golden files of each release show that
 * they stay.
 */
public enum Format {
  /** The first version. */
  V1(1, Set.of(new Release(0, 1, 0)));

  private final int number;

  @SuppressWarnings("ImmutableEnumChecker") // made by Set.of
  private final Set<Release> releases;

  Format(int number, Set<Release> releases) {
    this.number = number;
    this.releases = releases;
  }

  /** The format of a patch. Reading the notes has failed if no constant has their version. */
  public static Format of(HardwireNotes notes) {
    for (Format format : values()) {
      if (format.number == notes.version()) {
        return format;
      }
    }
    throw new IllegalArgumentException("format " + notes.version());
  }

  public int number() {
    return number;
  }

  /** Whether a version of Hardwire writes this format, as far as is known here. */
  public boolean isWrittenBy(Release release) {
    return releases.contains(release);
  }

  /** The code that runs setup programs. */
  public StubCode stub(Target machine) {
    return StubCode.of(machine);
  }

  /**
   * What the stub runs for a policy.
   *
   * @throws dev.hardwire.policy.PolicyException if the policy does not fit the machine
   */
  public SetupProgram setup(Target machine, Policy policy) {
    return SetupCompiler.compile(machine, policy);
  }

  /**
   * What begins the phases of a policy.
   *
   * @throws dev.hardwire.policy.PolicyException if the policy does not fit the machine
   */
  public List<PhaseProgram> phases(Target machine, Policy policy) {
    return SetupCompiler.phases(machine, policy);
  }

  /**
   * The file that the patch makes of an original.
   *
   * @param original of which the notes state the digest
   * @param notes what was done
   * @param policy that the notes have as text
   * @param program what the patched file runs
   * @param library that the program was made to need, if that is how it was done
   * @throws dev.hardwire.elf.ElfFormatException if the original cannot be patched
   * @throws IllegalStateException if the layout of the result is not consistent
   */
  public Bytes repeated(
      ElfFile original,
      HardwireNotes notes,
      Policy policy,
      SetupProgram program,
      Optional<String> library) {
    PatchRequest request =
        PatchRequest.of(program, notes.policy())
            .withPhases(phases(original.machine(), policy))
            .madeBy(notes.record().release())
            .with(
                new PatchSettings(
                    new HookChoice(notes.setup().hook(), false),
                    library,
                    PatchSettings.Existing.STACK,
                    true,
                    NormalForm.interpreter(original).map(Set::of).orElse(Set.of()),
                    false));
    return PlannedPatch.of(original, request, notes.record()::originalSha256).apply();
  }
}

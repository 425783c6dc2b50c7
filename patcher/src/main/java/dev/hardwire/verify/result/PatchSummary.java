package dev.hardwire.verify.result;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.policy.Hook;
import java.util.Optional;

/**
 * What one patch of a file is.
 *
 * @param original SHA-256 of the file that was patched
 * @param policy SHA-256 of the policy's canonical text
 * @param hook empty where a shared library installs the policy
 * @param policyText the canonical text
 * @param proof what a proof of this patch rests on
 * @param architecture of the file
 */
public record PatchSummary(
    Bytes original,
    Bytes policy,
    Optional<Hook> hook,
    String policyText,
    Proof proof,
    Target architecture) {
  /** Whether the program's constructors run before the policy is installed. */
  public boolean afterConstructors() {
    return hook.equals(Optional.of(Hook.POST_INIT));
  }

  /**
   * Of the last patch of a file.
   *
   * @param phases whether its policy has phases
   */
  public static PatchSummary of(ElfFile elf, HardwireNotes notes, boolean phases) {
    boolean first = !elf.hasInterpreter() && notes.setup().redirectsEntry();
    Proof start = phases ? Proof.KERNEL_START : Proof.KERNEL;
    return new PatchSummary(
        notes.record().originalSha256(),
        notes.policy().sha256(),
        notes.setup().hook(),
        notes.policy().text(),
        first ? start : Proof.LINKED,
        elf.machine());
  }

  /** The name of the hook in reports; {@code needed} without one. */
  public String hookText() {
    return hook.map(Hook::id).orElse("needed");
  }
}

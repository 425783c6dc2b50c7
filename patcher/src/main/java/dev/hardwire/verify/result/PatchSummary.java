package dev.hardwire.verify.result;

import dev.hardwire.bytes.Bytes;
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
 */
public record PatchSummary(Bytes original, Bytes policy, Optional<Hook> hook, String policyText) {
  public static PatchSummary of(HardwireNotes notes) {
    return new PatchSummary(
        notes.record().originalSha256(),
        notes.policy().sha256(),
        notes.setup().hook(),
        notes.policy().text());
  }

  /** The name of the hook in reports; {@code needed} without one. */
  public String hookText() {
    return hook.map(Hook::id).orElse("needed");
  }
}

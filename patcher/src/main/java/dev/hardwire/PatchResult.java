package dev.hardwire;

import dev.hardwire.policy.Hook;
import dev.hardwire.work.Patch;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * An executable that was patched.
 *
 * @param file the file that was written
 * @param hook where the policy is installed; empty if a shared library installs it
 * @param library that library, as the program names it; empty with a hook
 * @param growth by how many bytes the file is larger than the unpatched one, with its signature
 * @param signer the subject of the signer's certificate; empty if the file was not signed
 * @param warnings what could not be done as asked, a clause each, such as attributes that the file
 *     system does not keep
 */
public record PatchResult(
    Path file,
    Optional<Hook> hook,
    Optional<String> library,
    long growth,
    Optional<String> signer,
    List<String> warnings) {
  static PatchResult of(Patch.Result patched, List<String> warnings) {
    return new PatchResult(
        patched.target(),
        patched.hook(),
        patched.library(),
        patched.growth(),
        patched.signer(),
        warnings);
  }
}

package dev.hardwire;

import dev.hardwire.verify.Inspection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What patches have put into an executable.
 *
 * @param layers one for each patch, the last first; never empty
 */
public record InspectResult(List<Layer> layers) {
  /**
   * One patch.
   *
   * @param machine the architecture, such as {@code x86_64}
   * @param hook where the policy is installed; empty if a shared library installs it
   * @param library that library, as the program names it; empty with a hook
   * @param target virtual address of the code that runs after the setup; 0 without a hook
   * @param blobAddress virtual address of the added segment
   * @param blobOffset file offset in bytes of the added segment
   * @param blobSize size in bytes of the added segment
   * @param originalSize size in bytes of the file that was patched
   * @param originalSha256 SHA-256 of that file, 64 hexadecimal digits
   * @param growth by how many bytes the file grew; empty if it was changed after it was patched
   * @param policyName the name of the policy
   * @param policySha256 SHA-256 of the policy's text, 64 hexadecimal digits
   * @param policyText the canonical text; {@link Policies#parse} reads it
   * @param setup the system calls that install the policy, as strace(1) would print them
   * @param filter the instructions of the seccomp filter, a line each
   */
  public record Layer(
      String machine,
      Optional<Hook> hook,
      Optional<String> library,
      long target,
      long blobAddress,
      long blobOffset,
      long blobSize,
      long originalSize,
      String originalSha256,
      OptionalLong growth,
      String policyName,
      String policySha256,
      String policyText,
      List<String> setup,
      List<String> filter) {}

  static InspectResult of(List<Inspection> layers) {
    return new InspectResult(layers.stream().map(InspectResult::layer).toList());
  }

  private static Layer layer(Inspection layer) {
    return new Layer(
        layer.machine(),
        Hook.of(layer.notes().setup().hook().map(Object::toString)),
        layer.library(),
        layer.target(),
        layer.blobAddress(),
        layer.blobOffset(),
        layer.blobSize(),
        layer.notes().record().originalSize(),
        layer.notes().record().originalSha256().hex(),
        layer.growth().isPresent() ? OptionalLong.of(layer.growth().get()) : OptionalLong.empty(),
        layer.policyName(),
        layer.notes().policy().sha256().hex(),
        layer.notes().policy().text(),
        layer.setup(),
        layer.filterLines());
  }
}

package dev.hardwire;

import dev.hardwire.filter.Filter;
import dev.hardwire.filter.FilterStack;
import dev.hardwire.policy.Hook;
import dev.hardwire.verify.Inspection;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What patches have put into an executable.
 *
 * @param layers one for each patch, the last first; never empty
 * @param startsInARow how many times in a row the program can execute itself. Each start adds the
 *     filters of all layers, and rules of Landlock. The kernel limits the length of the filters and
 *     the number of such rules in a process and those that it comes from; what these have already
 *     is not counted here.
 */
public record InspectResult(List<Layer> layers, int startsInARow) {
  /** LANDLOCK_MAX_NUM_LAYERS of security/landlock/limits.h. */
  private static final int MOST_RULESETS = 16;

  /**
   * One patch.
   *
   * @param format the version of the format of notes and blob
   * @param release the version of Hardwire that made the patch, such as {@code 0.1.0}
   * @param machine the architecture, such as {@code x86_64}
   * @param hook where the policy is installed; empty if a shared library installs it
   * @param library that library, as the program names it; empty with a hook
   * @param linker the dynamic linker that is loaded under the policy, with {@link Hook#FIRST}
   * @param target virtual address of the program's code that runs after the setup; 0 without a hook
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
   * @param phases what begins later, in the policy's order
   */
  public record Layer(
      int format,
      String release,
      String machine,
      Optional<Hook> hook,
      Optional<String> library,
      Optional<String> linker,
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
      List<String> filter,
      List<Phase> phases) {}

  /**
   * A phase of a policy.
   *
   * @param name of the phase
   * @param moment when it begins, such as {@code the first call of epoll_wait}
   * @param target virtual address of the code that runs after its setup
   * @param setup the system calls that begin it, as strace(1) would print them
   * @param filter the instructions of its filter, a line each
   */
  public record Phase(
      String name, String moment, long target, List<String> setup, List<String> filter) {}

  static InspectResult of(List<Inspection> layers) {
    List<Filter> filters = new ArrayList<>();
    int rulesets = 0;
    for (Inspection layer : layers) {
      rulesets += layer.rulesets();
      filters.addAll(layer.filters());
      layer.phases().forEach(phase -> filters.addAll(phase.filters()));
    }
    int starts = new FilterStack(filters).starts();
    return new InspectResult(
        layers.stream().map(InspectResult::layer).toList(),
        rulesets == 0 ? starts : Math.min(starts, MOST_RULESETS / rulesets));
  }

  private static Layer layer(Inspection layer) {
    return new Layer(
        layer.notes().version(),
        layer.notes().record().release().toString(),
        layer.machine(),
        layer.notes().setup().hook(),
        layer.library(),
        layer.linker(),
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
        layer.filterLines(),
        layer.phases().stream().map(phase -> phase(layer, phase)).toList());
  }

  private static Phase phase(Inspection layer, Inspection.Later later) {
    return new Phase(
        later.phase().name(),
        later.phase().moment(),
        later.target(),
        later.setup(),
        layer.lines(later.filters()));
  }
}

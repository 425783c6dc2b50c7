package dev.hardwire.patch.plan;

import dev.hardwire.policy.Hook;
import java.util.List;
import java.util.Optional;

/**
 * Everything that patching one file changes, as data.
 *
 * <p>Invariants: edits are in ascending order, do not overlap, and lie inside the original;
 * additions are in ascending order, do not overlap, and lie after it. Bytes between additions are
 * zero.
 *
 * @param originalSize bytes
 * @param hook empty if a library that the program needs runs the setup program
 * @param decisions the choices with their reasons, one sentence each
 */
public record PatchPlan(
    long originalSize,
    Optional<Hook> hook,
    List<String> decisions,
    List<Edit> edits,
    List<Addition> additions) {
  public PatchPlan {
    decisions = List.copyOf(decisions);
    edits = List.copyOf(edits);
    additions = List.copyOf(additions);
    long end = 0;
    for (Edit edit : edits) {
      requireAscending(edit.offset() >= end, edit.offset());
      end = edit.end();
    }
    requireAscending(end <= originalSize, end);
    end = originalSize;
    for (Addition addition : additions) {
      requireAscending(addition.offset() >= end, addition.offset());
      end = addition.end();
    }
  }

  private static void requireAscending(boolean condition, long offset) {
    if (!condition) {
      throw new IllegalArgumentException(
          "the plan is unsorted or overlaps at 0x" + Long.toHexString(offset));
    }
  }

  /** Size of the patched file in bytes. */
  public long patchedSize() {
    return additions.isEmpty() ? originalSize : additions.get(additions.size() - 1).end();
  }
}

package dev.hardwire.patch;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.patch.plan.PatchPlan;
import dev.hardwire.patch.plan.PatchPlanner;
import dev.hardwire.patch.plan.PatchRequest;
import dev.hardwire.patch.plan.StackedPolicies;
import java.util.function.Supplier;

/**
 * A file and the plan of its patch. All patches of this project go this way: plan, apply, check the
 * layout of the result.
 *
 * @param original the file that the plan is for
 */
public record PlannedPatch(ElfFile original, PatchPlan plan) {
  /** Plans a patch. */
  public static PlannedPatch of(ElfFile original, PatchRequest request) {
    return of(original, request, original.bytes()::sha256);
  }

  /**
   * Plans the patch of a file whose digest is known, or will be.
   *
   * @param sha256 gives the digest of the file; asked when most of the work is done
   */
  public static PlannedPatch of(ElfFile original, PatchRequest request, Supplier<Bytes> sha256) {
    PatchPlan plan = PatchPlanner.plan(original, request, sha256);
    if (HardwireNotes.count(original) > 0) {
      StackedPolicies.check(original, request.policy(), plan.hook());
    }
    return new PlannedPatch(original, plan);
  }

  /**
   * The patched file.
   *
   * @throws IllegalStateException if the layout of the result is not consistent, which is an error
   *     of the planner
   */
  public Bytes apply() {
    Bytes patched = PatchedBytes.of(original.bytes(), plan);
    LayoutCheck.check(original, patched);
    return patched;
  }

  /** Whether {@code file} already has every byte that the plan writes. */
  public boolean isAppliedTo(Bytes file) {
    return PatchedBytes.isDone(file, plan);
  }
}

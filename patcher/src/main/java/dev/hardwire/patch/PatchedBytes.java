package dev.hardwire.patch;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.Change;
import dev.hardwire.patch.plan.Addition;
import dev.hardwire.patch.plan.Edit;
import dev.hardwire.patch.plan.PatchPlan;
import java.util.ArrayList;
import java.util.List;

/** Turns a plan and the original's bytes into the patched file's bytes. */
public final class PatchedBytes {
  private PatchedBytes() {}

  /**
   * Applies a plan.
   *
   * @throws IllegalArgumentException if the bytes are not those that the plan was made for
   */
  public static Bytes of(Bytes original, PatchPlan plan) {
    if (original.size() != plan.originalSize()) {
      throw new IllegalArgumentException(
          "the plan is for a file of " + plan.originalSize() + " bytes");
    }
    List<Change> changes = new ArrayList<>();
    for (Edit edit : plan.edits()) {
      if (!original.slice(edit.offset(), edit.expected().size()).equals(edit.expected())) {
        throw new IllegalArgumentException(
            "the bytes at 0x%x are not those that the plan expects: %s"
                .formatted(edit.offset(), edit.reason()));
      }
      changes.add(new Change(edit.offset(), edit.replacement()));
    }
    List<Bytes> added = new ArrayList<>();
    long end = original.size();
    for (Addition addition : plan.additions()) {
      added.add(Bytes.zeros(addition.offset() - end));
      added.add(addition.bytes());
      end = addition.end();
    }
    return original.withChanges(changes, added);
  }

  /** Whether everything that a plan writes stands in {@code file}, and nothing behind it. */
  public static boolean isDone(Bytes file, PatchPlan plan) {
    if (file.size() != plan.patchedSize()) {
      return false;
    }
    long end = plan.originalSize();
    for (Addition addition : plan.additions()) {
      if (!file.isZero(end, addition.offset() - end)
          || !file.slice(addition.offset(), addition.bytes().size()).equals(addition.bytes())) {
        return false;
      }
      end = addition.end();
    }
    return plan.edits().stream()
        .allMatch(
            edit ->
                file.slice(edit.offset(), edit.replacement().size()).equals(edit.replacement()));
  }
}

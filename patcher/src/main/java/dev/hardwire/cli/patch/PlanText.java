package dev.hardwire.cli.patch;

import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.plan.Addition;
import dev.hardwire.plan.Edit;
import dev.hardwire.plan.PatchPlan;
import java.io.PrintWriter;
import java.nio.file.Path;

/** Prints a plan: the decisions with their reasons, and every byte range that would change. */
public final class PlanText {
  private PlanText() {}

  public static void print(Path file, PatchPlan plan, PrintWriter out) {
    out.println(TerminalText.of(file) + ":");
    plan.decisions().forEach(decision -> out.println("  " + decision));
    for (Edit edit : plan.edits()) {
      out.println(
          "  0x%06x %5d bytes change: %s"
              .formatted(edit.offset(), edit.expected().size(), edit.reason()));
      if (edit.expected().size() <= Long.BYTES) {
        out.println(
            "           %s -> %s".formatted(edit.expected().hex(), edit.replacement().hex()));
      }
    }
    for (Addition addition : plan.additions()) {
      out.println(
          "  0x%06x %5d bytes added: %s"
              .formatted(addition.offset(), addition.bytes().size(), addition.reason()));
    }
    out.println("  size %d -> %d bytes".formatted(plan.originalSize(), plan.patchedSize()));
  }
}

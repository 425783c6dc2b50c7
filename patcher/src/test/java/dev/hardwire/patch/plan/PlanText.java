package dev.hardwire.patch.plan;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.DynamicEntry;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Section;
import java.util.ArrayList;
import java.util.List;

/** A plan, and the tables of the file that it makes, as lines for people to review. */
final class PlanText {
  private static final int SHORT = 16;

  private PlanText() {}

  static String of(PatchPlan plan, Bytes patched) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "hook %s, %d -> %d bytes"
            .formatted(plan.hook().orElseThrow(), plan.originalSize(), plan.patchedSize()));
    plan.decisions().forEach(decision -> lines.add("decision: " + decision));
    for (Edit edit : plan.edits()) {
      lines.add(
          "edit 0x%06x %4d bytes: %s"
              .formatted(edit.offset(), edit.expected().size(), edit.reason()));
      if (edit.expected().size() <= SHORT) {
        lines.add("     %s -> %s".formatted(edit.expected().hex(), edit.replacement().hex()));
      }
    }
    for (Addition addition : plan.additions()) {
      lines.add(
          "add  0x%06x %4d bytes: %s"
              .formatted(addition.offset(), addition.bytes().size(), addition.reason()));
    }
    tables(ElfFile.parse(patched), lines);
    return String.join("\n", lines) + "\n";
  }

  private static void tables(ElfFile elf, List<String> lines) {
    lines.add(
        "entry 0x%x, %d program headers at 0x%x"
            .formatted(elf.header().entry(), elf.header().phnum(), elf.header().phoff()));
    for (ProgramHeader p : elf.programHeaders()) {
      lines.add(
          "type 0x%-8x flags %d offset 0x%06x vaddr 0x%08x filesz 0x%06x memsz 0x%06x align 0x%x"
              .formatted(
                  p.type(), p.flags(), p.offset(), p.vaddr(), p.filesz(), p.memsz(), p.align()));
    }
    for (Section s : elf.sections()) {
      lines.add(
          "section %2d %-20s type 0x%-8x flags %d addr 0x%06x offset 0x%06x size 0x%04x align %d"
              .formatted(
                  s.index(),
                  s.name(),
                  s.type(),
                  s.flags(),
                  s.addr(),
                  s.offset(),
                  s.size(),
                  s.addralign()));
    }
    for (DynamicEntry entry : elf.dynamic()) {
      lines.add("dynamic 0x%-8x 0x%x".formatted(entry.tag(), entry.value()));
    }
  }
}

package dev.hardwire.patch.plan;

import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.FileHeader;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Section;
import java.util.ArrayList;
import java.util.List;

/**
 * Sections over the space that moved tables leave in an ET_EXEC file. Without them, patchelf would
 * put the dynamic section there, where it is not writable.
 */
final class StaleSections {
  /** A smaller gap between two of them is part of one section. */
  private static final int GAP = 8;

  private final ElfFile elf;
  private final SectionPlanner sections;

  private StaleSections(ElfFile elf, SectionPlanner sections) {
    this.elf = elf;
    this.sections = sections;
  }

  /** Adds them, if the file has such space. */
  static void add(ElfFile elf, SectionPlanner sections, FileLayout layout) {
    FileHeader header = elf.header();
    if (!elf.isPositionIndependent() && layout.tableOffset() == header.phoff()) {
      long size = (long) layout.table().size() * header.elfClass().programHeaderSize();
      new StaleSections(elf, sections).add(layout.tableOffset() + size, layout.moves());
    }
  }

  private void add(long start, List<Move> all) {
    long end = start;
    List<Move> moves = new ArrayList<>(all);
    moves.sort((a, b) -> Long.compare(a.start(), b.start()));
    for (Move move : moves) {
      if (move.withSections() && move.start() < end + GAP) {
        end = Math.max(end, move.end());
      }
    }
    if (end > start) {
      add(start, end);
    }
    for (Move move : moves) {
      if (move.withSections() && move.start() >= end) {
        add(move.start(), move.end());
      }
    }
  }

  private void add(long start, long end) {
    ProgramHeader holder = elf.loadOf(start).orElseThrow();
    sections.add(
        ".stale.hardwire",
        Section.SHT_PROGBITS,
        Section.SHF_ALLOC,
        holder.vaddr() + (start - holder.offset()),
        start,
        end - start,
        1);
  }
}

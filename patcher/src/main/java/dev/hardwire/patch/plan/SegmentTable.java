package dev.hardwire.patch.plan;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.SegmentType;
import java.util.ArrayList;
import java.util.List;

/** A program header table under construction. */
final class SegmentTable {
  private final ElfClass elfClass;
  private final List<ProgramHeader> segments = new ArrayList<>();

  SegmentTable(ElfClass elfClass) {
    this.elfClass = elfClass;
  }

  void add(ProgramHeader segment) {
    segments.add(segment);
  }

  /** The PT_LOADs of a table are in ascending order, and the added one is the highest. */
  void insertAfterLastLoad(ProgramHeader load) {
    int lastLoad = 0;
    for (int i = 0; i < segments.size(); i++) {
      lastLoad = segments.get(i).isLoad() ? i : lastLoad;
    }
    segments.add(lastLoad + 1, load);
  }

  /** Makes PT_PHDR, if there is one, describe the table with all its entries. */
  void describe(long tableOffset, long tableAddress) {
    long size = (long) segments.size() * elfClass.programHeaderSize();
    for (int i = 0; i < segments.size(); i++) {
      if (segments.get(i).type() == SegmentType.PHDR) {
        segments.set(i, segments.get(i).at(tableOffset, tableAddress, size));
      }
    }
  }

  List<ProgramHeader> segments() {
    return segments;
  }
}

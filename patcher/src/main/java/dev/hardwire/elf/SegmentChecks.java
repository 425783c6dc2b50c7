package dev.hardwire.elf;

import dev.hardwire.arch.ElfClass;
import java.util.List;

/** Checks of the program header table, as the kernel's ELF loader and the gABI demand. */
final class SegmentChecks {
  private static final long MINIMUM_PAGE = 0x1000;

  private final FileHeader header;
  private final long fileSize;

  private SegmentChecks(FileHeader header, long fileSize) {
    this.header = header;
    this.fileSize = fileSize;
  }

  static List<ProgramHeader> checked(TableReader tables, long fileSize) {
    FileHeader header = tables.header();
    if (!fits(header.phoff(), header.programTableSize(), fileSize)) {
      throw HeaderField.E_PHOFF.refuse(
          Refusal.TRUNCATED,
          header.elfClass(),
          "the program header table (0x%x, %d entries) ends past the file"
              .formatted(header.phoff(), header.phnum()));
    }
    List<ProgramHeader> segments = tables.programHeaders();
    new SegmentChecks(header, fileSize).check(segments);
    return segments;
  }

  /** Whether {@code [offset, offset + size)} lies in a file; all are unsigned. */
  static boolean fits(long offset, long size, long fileSize) {
    return offset >= 0 && size >= 0 && offset <= fileSize && size <= fileSize - offset;
  }

  private void check(List<ProgramHeader> segments) {
    ProgramHeader previous = null;
    for (int i = 0; i < segments.size(); i++) {
      ProgramHeader segment = segments.get(i);
      if (segment.filesz() != 0 && !fits(segment.offset(), segment.filesz(), fileSize)) {
        throw refuse(
            Refusal.SEGMENT_PAST_END,
            i,
            "p_filesz",
            "bytes 0x%x to 0x%x lie past the file's end at 0x%x"
                .formatted(segment.offset(), segment.offset() + segment.filesz(), fileSize));
      }
      if (segment.isLoad()) {
        checkLoad(segment, i);
        checkOrder(previous, segment, i);
        previous = segment;
      }
    }
    if (previous == null) {
      throw HeaderField.E_PHNUM.refuse(
          Refusal.NO_LOAD_SEGMENT, header.elfClass(), "none of the program headers is a PT_LOAD");
    }
  }

  private void checkLoad(ProgramHeader load, int index) {
    if (Long.compareUnsigned(load.filesz(), load.memsz()) > 0) {
      throw refuse(Refusal.BAD_SEGMENT, index, "p_memsz", "smaller than p_filesz");
    }
    long limit = header.elfClass() == ElfClass.CLASS32 ? 0xffff_f000L : 0x7fff_ffff_f000L;
    if (load.vaddr() < 0
        || load.memsz() < 0
        || load.vaddr() > limit
        || load.memsz() > limit - load.vaddr()) {
      throw refuse(
          Refusal.BAD_SEGMENT,
          index,
          "p_vaddr",
          "0x%x with p_memsz 0x%x leaves the address space".formatted(load.vaddr(), load.memsz()));
    }
    if ((load.vaddr() - load.offset()) % MINIMUM_PAGE != 0 && load.filesz() != 0) {
      throw refuse(
          Refusal.BAD_SEGMENT, index, "p_offset", "not congruent to p_vaddr modulo the page size");
    }
  }

  private void checkOrder(ProgramHeader previous, ProgramHeader load, int index) {
    if (previous != null && load.vaddr() < previous.memoryEnd()) {
      throw refuse(
          Refusal.LOADS_NOT_SORTED,
          index,
          "p_vaddr",
          "0x%x lies before the end of the PT_LOAD before it, 0x%x"
              .formatted(load.vaddr(), previous.memoryEnd()));
    }
  }

  private ElfFormatException refuse(Refusal refusal, int index, String field, String reason) {
    return header.refuse(refusal, index, field, "program header " + index + ": " + reason);
  }
}

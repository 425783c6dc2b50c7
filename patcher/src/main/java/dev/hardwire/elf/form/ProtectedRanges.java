package dev.hardwire.elf.form;

import dev.hardwire.elf.DynamicEntry;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.SegmentType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The addresses that no relocation may write to, because the dynamic linker, the C library or the
 * needed library reads them: program headers, dynamic section, its tables, and notes.
 */
final class ProtectedRanges {
  /**
   * One of them.
   *
   * @param start virtual address
   * @param end the first address behind it
   */
  record Range(long start, long end, String name) {
    /** Whether {@code size} bytes at an address have one in common with the range. */
    boolean meets(long address, long size) {
      return address < end && start - address < size;
    }
  }

  private static final String CALLS = "the relocations of calls";
  private static final String NOTES = "the notes";

  private final ElfFile elf;
  private final List<Range> ranges = new ArrayList<>();

  ProtectedRanges(ElfFile elf, DynamicSymbols symbols, SymbolVersions versions) {
    this.elf = elf;
    long headers = elf.header().elfClass().fileHeaderSize();
    addFile(0, headers, "the ELF header");
    addFile(elf.header().phoff(), elf.header().programTableSize(), "the program header table");
    for (ProgramHeader segment : elf.programHeaders()) {
      if (segment.type() == SegmentType.NOTE) {
        add(segment.vaddr(), segment.memsz(), NOTES);
      } else if (segment.type() == SegmentType.INTERP) {
        add(segment.vaddr(), segment.memsz(), "the name of the dynamic linker");
      } else if (segment.type() == SegmentType.DYNAMIC) {
        add(segment.vaddr(), segment.memsz(), "the dynamic section");
      }
    }
    addTable(DynamicTag.RELA, DynamicTag.RELASZ, "the relocations");
    addTable(DynamicTag.REL, DynamicTag.RELSZ, "the relocations");
    addTable(DynamicTag.RELR, DynamicTag.RELRSZ, "the relative relocations");
    addTable(DynamicTag.JMPREL, DynamicTag.PLTRELSZ, CALLS);
    addTable(DynamicTag.STRTAB, DynamicTag.STRSZ, "the dynamic strings");
    addStart(DynamicTag.SYMTAB, symbols.count() * elf.header().elfClass().symbolSize());
    addStart(DynamicTag.VERSYM, symbols.count() * Short.BYTES);
    addStart(DynamicTag.VERNEED, versions.neededSize());
    addStart(DynamicTag.VERDEF, versions.definedSize());
    addStart(DynamicTag.HASH, symbols.sysvSize());
    addStart(DynamicTag.GNU_HASH, symbols.gnuSize());
  }

  private void addFile(long offset, long size, String name) {
    Optional<ProgramHeader> load = elf.loadOf(offset);
    load.ifPresent(holder -> add(holder.vaddr() + (offset - holder.offset()), size, name));
  }

  private void addTable(long tag, long sizeTag, String name) {
    Optional<DynamicEntry> start = elf.dynamicEntry(tag);
    if (start.isPresent()) {
      add(start.get().value(), elf.dynamicValue(sizeTag).orElse(0), name);
    }
  }

  private void addStart(long tag, long size) {
    Optional<DynamicEntry> start = elf.dynamicEntry(tag);
    start.ifPresent(entry -> add(entry.value(), size, "a table of the dynamic linker"));
  }

  private void add(long start, long size, String name) {
    if (size > 0) {
      ranges.add(new Range(start, start + size, name));
    }
  }

  /**
   * Refuses tables that have bytes in common: what reads one could be shown another. Only the
   * relocations of calls may be the last of all relocations too, as on riscv64, and notes may stand
   * in several segments.
   *
   * @throws ElfFormatException naming the table
   */
  void requireDisjoint() {
    for (int i = 0; i < ranges.size(); i++) {
      Range range = ranges.get(i);
      for (int j = 0; j < ranges.size(); j++) {
        Range other = ranges.get(j);
        boolean counted = other.name().equals(CALLS) && other.end() == range.end();
        if (i != j
            && range.start() <= other.start()
            && range.meets(other.start(), other.end() - other.start())
            && !counted
            && !(range.name().equals(NOTES) && other.name().equals(NOTES))) {
          throw overlap(other, range);
        }
      }
    }
  }

  /**
   * Refuses a table that has bytes in common with another one.
   *
   * @param tag of the table; relocations use more of it than its range holds
   * @param size in bytes
   */
  void requireAlone(long tag, long size) {
    long start = elf.dynamicValue(tag).orElse(0);
    for (Range range : ranges) {
      if (range.start() != start && range.meets(start, size)) {
        throw overlap(new Range(start, start + size, DynamicTag.nameOf(tag)), range);
      }
    }
  }

  private ElfFormatException overlap(Range one, Range other) {
    return new ElfFormatException(
        Refusal.BAD_DYNAMIC,
        elf.fileOffset(one.start(), 0).orElse(0),
        "PT_DYNAMIC",
        "0x%x is in %s and in %s".formatted(one.start(), one.name(), other.name()));
  }

  /** The ranges that a segment holds a part of. */
  List<Range> in(ProgramHeader segment) {
    List<Range> found = new ArrayList<>();
    for (Range range : ranges) {
      if (segment.overlapsMemory(range.start(), range.end())) {
        found.add(range);
      }
    }
    return found;
  }

  /**
   * The range that {@code size} bytes at an address have a byte in common with, if there is one.
   */
  Optional<Range> at(long address, long size) {
    for (Range range : ranges) {
      if (range.meets(address, size)) {
        return Optional.of(range);
      }
    }
    return Optional.empty();
  }
}

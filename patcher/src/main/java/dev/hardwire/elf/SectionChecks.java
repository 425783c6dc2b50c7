package dev.hardwire.elf;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Checks of the section header table, and the names. */
final class SectionChecks {
  private SectionChecks() {}

  static List<Section> checked(TableReader tables, Bytes file) {
    FileHeader header = tables.header();
    if (header.shoff() == 0) {
      return List.of();
    }
    long tableSize = (long) header.shnum() * header.elfClass().sectionHeaderSize();
    if (!SegmentChecks.fits(header.shoff(), tableSize, file.size())) {
      throw HeaderField.E_SHOFF.refuse(
          Refusal.TRUNCATED,
          header.elfClass(),
          "the section header table (0x%x, %d entries) ends past the file"
              .formatted(header.shoff(), header.shnum()));
    }
    if (header.shstrndx() >= header.shnum()) {
      throw HeaderField.E_SHSTRNDX.refuse(
          Refusal.BAD_SECTIONS,
          header.elfClass(),
          header.shstrndx() + " is not one of " + header.shnum() + " sections");
    }
    List<Section> unnamed = tables.sections();
    List<Section> symbolTables = new ArrayList<>();
    long symbols = 0;
    for (Section section : unnamed) {
      checkBounds(section, header, file.size());
      boolean holdsSymbols =
          section.type() == Section.SHT_SYMTAB || section.type() == Section.SHT_DYNSYM;
      if (holdsSymbols && section.size() > file.size() - symbols) {
        throw new ElfFormatException(
            Refusal.BAD_SECTIONS,
            entryOffset(section, header) + offsetField(header) + header.elfClass().wordSize(),
            "sh_size",
            "the symbol tables together are larger than the file");
      }
      if (holdsSymbols && section.size() > 0) {
        symbols += section.size();
        symbolTables.add(section);
      }
    }
    checkApart(symbolTables, header);
    return named(unnamed, header, file);
  }

  /** A class, as a lambda would cost each start some time. */
  private static final class ByOffset implements Comparator<Section> {
    @Override
    public int compare(Section a, Section b) {
      return Long.compare(a.offset(), b.offset());
    }
  }

  /** A symbol whose section moves would be changed twice. */
  private static void checkApart(List<Section> symbolTables, FileHeader header) {
    symbolTables.sort(new ByOffset());
    for (int i = 1; i < symbolTables.size(); i++) {
      if (symbolTables.get(i).offset() < symbolTables.get(i - 1).fileEnd()) {
        throw new ElfFormatException(
            Refusal.BAD_SECTIONS,
            entryOffset(symbolTables.get(i), header) + offsetField(header),
            "sh_offset",
            "section %d: a second symbol table in the same place"
                .formatted(symbolTables.get(i).index()));
      }
    }
  }

  private static void checkBounds(Section section, FileHeader header, long fileSize) {
    boolean inFile = section.type() != 0 && section.type() != Section.SHT_NOBITS;
    if (inFile && !SegmentChecks.fits(section.offset(), section.size(), fileSize)) {
      throw new ElfFormatException(
          Refusal.BAD_SECTIONS,
          entryOffset(section, header) + offsetField(header),
          "sh_offset",
          "section %d (0x%x, 0x%x bytes) ends past the file"
              .formatted(section.index(), section.offset(), section.size()));
    }
  }

  /** Where sh_offset is in a section header. */
  private static int offsetField(FileHeader header) {
    return header.elfClass() == ElfClass.CLASS64 ? 24 : 16;
  }

  private static long entryOffset(Section section, FileHeader header) {
    return header.shoff() + (long) section.index() * header.elfClass().sectionHeaderSize();
  }

  private static List<Section> named(List<Section> unnamed, FileHeader header, Bytes file) {
    Section table = unnamed.get(header.shstrndx());
    if (header.shstrndx() != 0 && table.type() != Section.SHT_STRTAB) {
      throw HeaderField.E_SHSTRNDX.refuse(
          Refusal.BAD_SECTIONS,
          header.elfClass(),
          "section %d is no string table (SHT_STRTAB)".formatted(header.shstrndx()));
    }
    Bytes names =
        header.shstrndx() == 0 ? file.slice(0, 0) : file.slice(table.offset(), table.size());
    List<Section> sections = new ArrayList<>(unnamed.size());
    for (Section s : unnamed) {
      String name = "";
      if (header.shstrndx() != 0) {
        name = name(s, names, header);
      }
      sections.add(
          new Section(
              s.index(),
              name,
              s.nameOffset(),
              s.type(),
              s.flags(),
              s.addr(),
              s.offset(),
              s.size(),
              s.link(),
              s.info(),
              s.addralign(),
              s.entsize()));
    }
    return sections;
  }

  private static String name(Section section, Bytes names, FileHeader header) {
    long start = section.nameOffset();
    try {
      return names.cString(start);
    } catch (BytesException e) {
      throw new ElfFormatException(
          Refusal.BAD_SECTIONS,
          entryOffset(section, header),
          "sh_name",
          "section %d: the name at 0x%x ends past the section name table, or is too long"
              .formatted(section.index(), start));
    }
  }
}

package dev.hardwire.patch.plan;

import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.HeaderField;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.Section;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a section header table with the added sections after the blob. New sections go to its end,
 * so that no index changes; without them {@code strip} would remove the blob.
 */
final class SectionPlanner {
  private static final int SHN_LORESERVE = 0xff00;

  private final ElfFile elf;
  private final List<Section> sections;
  private final Bytes names;
  private final StringBuilder added = new StringBuilder();
  private final int nameTable;

  SectionPlanner(ElfFile elf, FileLayout layout) {
    this.elf = elf;
    this.sections = new ArrayList<>(elf.sections().size() + 4);
    for (Section section : elf.sections()) {
      sections.add(moved(section, layout));
    }
    this.nameTable = elf.header().shstrndx();
    Section table = sections.get(nameTable);
    require(nameTable != 0, "there is no section name table");
    require(!table.isAllocated(), "the section name table is loaded, so it cannot grow");
    this.names = elf.bytes().slice(table.offset(), table.size());
  }

  private static Section moved(Section section, FileLayout layout) {
    for (Move move : layout.moves()) {
      if (move.contains(section)) {
        return move.apply(section);
      }
    }
    return section;
  }

  private void require(boolean condition, String reason) {
    if (!condition) {
      throw HeaderField.E_SHSTRNDX.refuse(Refusal.BAD_SECTIONS, elf.header().elfClass(), reason);
    }
  }

  void add(String name, long type, long flags, long addr, long offset, long size, long addralign) {
    if (sections.size() >= SHN_LORESERVE - 1) {
      throw new ElfFormatException(
          Refusal.EXTENDED_NUMBERING,
          HeaderField.E_SHNUM.offset(elf.header().elfClass()),
          "e_shnum",
          sections.size() + " sections leave no index for another");
    }
    sections.add(
        new Section(
            sections.size(),
            name,
            names.size() + added.length(),
            type,
            flags,
            addr,
            offset,
            size,
            0,
            0,
            addralign,
            0));
    added.append(name).append('\0');
  }

  int count() {
    return sections.size();
  }

  /**
   * Adds the section name table.
   *
   * @return the file offset after it
   */
  long addNames(long offset, Additions additions) {
    long size = names.size() + added.length();
    sections.set(
        nameTable, sections.get(nameTable).at(sections.get(nameTable).addr(), offset, size));
    Bytes more = Bytes.wrap(added.toString().getBytes(StandardCharsets.US_ASCII));
    additions.add(offset, () -> Bytes.concat(List.of(names, more)), "section name table");
    return offset + size;
  }

  /** Adds the section header table, after {@link #addNames}. */
  void addHeaders(long offset, Additions additions) {
    additions.add(offset, this::headers, "section header table, " + sections.size() + " entries");
  }

  private Bytes headers() {
    int size = sections.size() * elf.header().elfClass().sectionHeaderSize();
    ByteWriter writer = new ByteWriter(elf.header().order(), size);
    for (Section section : sections) {
      section.write(writer, elf.header());
    }
    return writer.toBytes();
  }
}

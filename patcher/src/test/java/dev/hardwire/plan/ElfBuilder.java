package dev.hardwire.plan;

import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfClass;
import dev.hardwire.elf.FileHeader;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Section;
import dev.hardwire.elf.SegmentType;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * Makes small x86-64 ELF files in which every byte is known: PT_LOADs that begin on pages of the
 * file, the headers in the first, sections one behind the other.
 *
 * <p>The contents of a section are asked for when all places are known. The program header table
 * has the PT_LOADs and the other segments in the order in which they were added.
 */
final class ElfBuilder {
  static final int PAGE = 0x1000;
  private static final int HEADER_SIZE = 64;
  private static final int ENTRY_SIZE = 56;

  private record Part(Section section, Supplier<Bytes> contents) {}

  private final int type;
  private final int tableEnd;
  private final int entries;
  private final List<Part> parts = new ArrayList<>();
  private final List<ProgramHeader> segments = new ArrayList<>();
  private final ByteWriter names = new ByteWriter(ByteOrder.LITTLE_ENDIAN).u8(0);
  private long offset;
  private long address;
  private int load = -1;
  private long entry;
  private boolean withSections = true;

  /**
   * @param entries how many program headers there will be
   * @param base virtual address of the first PT_LOAD
   */
  ElfBuilder(int type, int entries, long base) {
    this.type = type;
    this.entries = entries;
    this.tableEnd = HEADER_SIZE + entries * ENTRY_SIZE;
    this.address = base;
    parts.add(new Part(section(0, "", 0, 0, 0, 0, 0, 0), () -> Bytes.wrap(new byte[0])));
  }

  private static Section section(
      int index,
      String name,
      long type,
      long flags,
      long addr,
      long offset,
      long size,
      long align) {
    return new Section(index, name, 0, type, flags, addr, offset, size, 0, 0, align, 0);
  }

  /** Starts a PT_LOAD on the next page; the first one begins with the headers. */
  ElfBuilder load(long flags) {
    closeLoad();
    boolean first = load < 0;
    offset = first ? 0 : align(offset, PAGE);
    address = align(address, PAGE);
    load = segments.size();
    segments.add(new ProgramHeader(SegmentType.LOAD, flags, offset, address, address, 0, 0, PAGE));
    if (first) {
      offset += tableEnd;
      address += tableEnd;
    }
    return this;
  }

  private void closeLoad() {
    if (load >= 0) {
      ProgramHeader open = segments.get(load);
      if (open.filesz() == 0) {
        long size = offset - open.offset();
        segments.set(load, open.withSizes(size, size));
      }
    }
  }

  /** Ends the PT_LOAD with memory that is not in the file. */
  ElfBuilder bss(long size) {
    closeLoad();
    ProgramHeader open = segments.get(load);
    segments.set(load, open.withSizes(open.filesz(), open.filesz() + size));
    add(".bss", Section.SHT_NOBITS, Section.SHF_ALLOC | Section.SHF_WRITE, 8, size, null);
    address += size;
    return this;
  }

  /** Adds a loaded section whose contents depend on no place. */
  ElfBuilder section(String name, long sectionType, long align, Bytes contents) {
    return section(name, sectionType, align, contents.size(), () -> contents);
  }

  /** Adds a loaded section. */
  ElfBuilder section(
      String name, long sectionType, long align, long size, Supplier<Bytes> contents) {
    long padding = Math.floorMod(-offset, align);
    offset += padding;
    address += padding;
    long flags = Section.SHF_ALLOC | (segments.get(load).flags() & ProgramHeader.PF_W) / 2;
    flags |= (segments.get(load).flags() & ProgramHeader.PF_X) * Section.SHF_EXECINSTR;
    add(name, sectionType, flags, align, size, contents);
    offset += size;
    address += size;
    return this;
  }

  /** Adds a section that is not loaded, behind everything that is. */
  ElfBuilder unloaded(String name, long sectionType, long align, Bytes contents) {
    closeLoad();
    offset = align(offset, align);
    long size = contents.size();
    Section section = section(parts.size(), name, sectionType, 0, 0, offset, size, align);
    parts.add(new Part(section, () -> contents));
    offset += size;
    return this;
  }

  private void add(
      String name, long sectionType, long flags, long align, long size, Supplier<Bytes> contents) {
    parts.add(
        new Part(
            section(parts.size(), name, sectionType, flags, address, offset, size, align),
            contents));
  }

  /** Adds a segment that covers the sections from one to another. */
  ElfBuilder segment(long segmentType, long flags, long align, String first, String last) {
    Section from = find(first);
    long size = find(last).fileEnd() - from.offset();
    segments.add(
        new ProgramHeader(
            segmentType, flags, from.offset(), from.addr(), from.addr(), size, size, align));
    return this;
  }

  /** Adds a PT_PHDR in front of all other segments. */
  ElfBuilder phdr() {
    long size = (long) entries * ENTRY_SIZE;
    long at = segments.get(0).vaddr() + HEADER_SIZE;
    segments.add(
        0, new ProgramHeader(SegmentType.PHDR, 4, HEADER_SIZE, at, at, size, size, Long.BYTES));
    load++;
    return this;
  }

  /** Adds a PT_GNU_STACK. */
  ElfBuilder stack() {
    segments.add(new ProgramHeader(SegmentType.GNU_STACK, 6, 0, 0, 0, 0, 0, 16));
    return this;
  }

  /** The entry point is the start of a section. */
  ElfBuilder entry(String name) {
    entry = find(name).addr();
    return this;
  }

  ElfBuilder withoutSections() {
    withSections = false;
    return this;
  }

  /** A section that has been added. */
  Section find(String name) {
    return parts.stream()
        .map(Part::section)
        .filter(section -> section.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no section " + name));
  }

  private static long align(long value, long alignment) {
    return (value + alignment - 1) & -alignment;
  }

  Bytes build() {
    closeLoad();
    if (segments.size() != entries) {
      throw new AssertionError(segments.size() + " program headers, not " + entries);
    }
    byte[] body = new byte[(int) offset];
    for (Part part : parts) {
      if (part.contents() != null) {
        byte[] contents = part.contents().get().toArray();
        if (contents.length != part.section().size()) {
          throw new AssertionError(part.section().name() + " has " + contents.length + " bytes");
        }
        System.arraycopy(contents, 0, body, (int) part.section().offset(), contents.length);
      }
    }
    ByteWriter tail = new ByteWriter(ByteOrder.LITTLE_ENDIAN);
    long shoff = withSections ? writeSections(tail) : 0;
    FileHeader header =
        new FileHeader(
            ElfClass.CLASS64,
            ByteOrder.LITTLE_ENDIAN,
            type,
            62,
            entry,
            HEADER_SIZE,
            shoff,
            entries,
            withSections ? parts.size() + 1 : 0,
            withSections ? parts.size() : 0);
    ByteWriter head = new ByteWriter(ByteOrder.LITTLE_ENDIAN);
    writeHeader(head, header);
    segments.forEach(segment -> segment.write(head, header));
    System.arraycopy(head.toBytes().toArray(), 0, body, 0, tableEnd);
    byte[] file = Arrays.copyOf(body, body.length + tail.size());
    System.arraycopy(tail.toBytes().toArray(), 0, file, body.length, tail.size());
    return Bytes.wrap(file);
  }

  /** Appends the section names and headers; returns where the headers are in the file. */
  private long writeSections(ByteWriter tail) {
    List<Section> sections = new ArrayList<>();
    for (Part part : parts) {
      sections.add(named(part.section(), part.section().name().isEmpty() ? 0 : nameOf(part)));
    }
    long namesAt = names.size();
    names.bytes(".shstrtab\0".getBytes(StandardCharsets.US_ASCII));
    Section table =
        section(parts.size(), ".shstrtab", Section.SHT_STRTAB, 0, 0, offset, names.size(), 1);
    sections.add(named(table, namesAt));
    tail.bytes(names.toBytes());
    tail.zeros((int) Math.floorMod(-(offset + tail.size()), 8L));
    long shoff = offset + tail.size();
    FileHeader header =
        new FileHeader(ElfClass.CLASS64, ByteOrder.LITTLE_ENDIAN, type, 62, 0, 0, 0, 0, 0, 0);
    sections.forEach(section -> section.write(tail, header));
    return shoff;
  }

  private long nameOf(Part part) {
    long at = names.size();
    names.bytes((part.section().name() + "\0").getBytes(StandardCharsets.US_ASCII));
    return at;
  }

  /** Symbol tables need a size of entry and the names; the sections are in the order of use. */
  private Section named(Section s, long nameOffset) {
    boolean symbols = s.type() == Section.SHT_SYMTAB || s.type() == Section.SHT_DYNSYM;
    String strings = s.type() == Section.SHT_DYNSYM ? ".dynstr" : ".strtab";
    return new Section(
        s.index(),
        s.name(),
        nameOffset,
        s.type(),
        s.flags(),
        s.addr(),
        s.offset(),
        s.size(),
        symbols ? find(strings).index() : 0,
        0,
        s.addralign(),
        symbols ? 24 : 0);
  }

  private static void writeHeader(ByteWriter head, FileHeader header) {
    head.bytes(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}).zeros(9);
    head.u16(header.type()).u16(header.machine()).u32(1);
    head.u64(header.entry()).u64(header.phoff()).u64(header.shoff()).u32(0);
    head.u16(HEADER_SIZE).u16(ENTRY_SIZE).u16(header.phnum());
    head.u16(64).u16(header.shnum()).u16(header.shstrndx());
  }
}

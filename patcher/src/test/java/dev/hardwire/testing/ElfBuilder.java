package dev.hardwire.testing;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes ELF files field by field, in any class and byte order, with nothing of the code that the
 * tests test but the byte writer.
 *
 * <p>The file header comes first, the program headers directly behind it unless {@link #tableAt}
 * says otherwise, then the sections where their callers put them; the section names and the section
 * headers come last.
 */
public final class ElfBuilder {
  private final ElfClass elfClass;
  private final ByteOrder order;
  private final int type;
  private final int machine;
  private final List<long[]> segments = new ArrayList<>();
  private final List<Part> parts = new ArrayList<>();
  private long entry;
  private long flags;
  private long tableOffset;
  private boolean sectionHeaders = true;

  private record Part(
      String name,
      long type,
      long flags,
      long addr,
      long offset,
      long size,
      Bytes content,
      long link,
      long info,
      long align,
      long entsize) {}

  public ElfBuilder(ElfClass elfClass, ByteOrder order, int type, int machine) {
    this.elfClass = elfClass;
    this.order = order;
    this.type = type;
    this.machine = machine;
    this.tableOffset = elfClass.fileHeaderSize();
  }

  public ElfBuilder entry(long address) {
    entry = address;
    return this;
  }

  /** e_flags. */
  public ElfBuilder flags(long value) {
    flags = value;
    return this;
  }

  public ElfBuilder tableAt(long offset) {
    tableOffset = offset;
    return this;
  }

  public ElfBuilder withoutSectionHeaders() {
    sectionHeaders = false;
    return this;
  }

  public ElfBuilder segment(
      long segmentType, long flags, long offset, long vaddr, long filesz, long memsz, long align) {
    segments.add(new long[] {segmentType, flags, offset, vaddr, filesz, memsz, align});
    return this;
  }

  /** Appends a section and returns its index; contents stand in the file without headers too. */
  public int section(
      String name, long sectionType, long flags, long addr, long offset, Bytes content) {
    return section(name, sectionType, flags, addr, offset, content, 0, 0, 1, 0);
  }

  public int section(
      String name,
      long sectionType,
      long flags,
      long addr,
      long offset,
      Bytes content,
      long link,
      long info,
      long align,
      long entsize) {
    parts.add(
        new Part(
            name,
            sectionType,
            flags,
            addr,
            offset,
            content.size(),
            content,
            link,
            info,
            align,
            entsize));
    return parts.size();
  }

  public int nobits(String name, long flags, long addr, long offset, long size) {
    Bytes none = Bytes.wrap(new byte[0]);
    parts.add(new Part(name, 8, flags, addr, offset, size, none, 0, 0, 1, 0));
    return parts.size();
  }

  /** The address of a section by its index. */
  public long addressOf(int index) {
    return parts.get(index - 1).addr();
  }

  public ByteWriter writer() {
    return new ByteWriter(order);
  }

  public void word(ByteWriter writer, long value) {
    if (elfClass == ElfClass.CLASS64) {
      writer.u64(value);
    } else {
      writer.u32(value);
    }
  }

  public Bytes build() {
    ByteWriter names = writer().u8(0);
    List<Long> nameOffsets = new ArrayList<>();
    for (Part part : parts) {
      nameOffsets.add((long) names.size());
      names.bytes((part.name() + "\0").getBytes(StandardCharsets.US_ASCII));
    }
    nameOffsets.add((long) names.size());
    names.bytes(".shstrtab\0".getBytes(StandardCharsets.US_ASCII));
    long end = tableOffset + (long) segments.size() * elfClass.programHeaderSize();
    for (Part part : parts) {
      end = Math.max(end, part.offset() + part.content().size());
    }
    List<Part> all = new ArrayList<>(parts);
    all.add(new Part(".shstrtab", 3, 0, 0, end, names.size(), names.toBytes(), 0, 0, 1, 0));
    long shoff = (end + names.size() + 7) & -8;
    ByteWriter headers = sectionHeaders ? sectionHeaders(all, nameOffsets) : writer();
    byte[] file = new byte[(int) (sectionHeaders ? shoff + headers.size() : end)];
    put(file, 0, fileHeader(sectionHeaders ? shoff : 0, sectionHeaders ? all.size() + 1 : 0));
    put(file, tableOffset, programHeaders());
    (sectionHeaders ? all : parts).forEach(part -> put(file, part.offset(), part.content()));
    put(file, sectionHeaders ? shoff : 0, headers.toBytes());
    return Bytes.wrap(file).withOrder(order);
  }

  private static void put(byte[] file, long offset, Bytes content) {
    System.arraycopy(content.toArray(), 0, file, (int) offset, (int) content.size());
  }

  private Bytes fileHeader(long shoff, int shnum) {
    ByteWriter writer = writer();
    writer.u8(0x7f).u8('E').u8('L').u8('F').u8(elfClass.code());
    writer.u8(order == ByteOrder.LITTLE_ENDIAN ? 1 : 2).u8(1).zeros(9);
    writer.u16(type).u16(machine).u32(1);
    word(writer, entry);
    word(writer, tableOffset);
    word(writer, shoff);
    writer.u32(flags).u16(elfClass.fileHeaderSize()).u16(elfClass.programHeaderSize());
    writer.u16(segments.size()).u16(elfClass.sectionHeaderSize()).u16(shnum);
    return writer.u16(Math.max(0, shnum - 1)).toBytes();
  }

  private Bytes programHeaders() {
    ByteWriter writer = writer();
    for (long[] segment : segments) {
      writer.u32(segment[0]);
      if (elfClass == ElfClass.CLASS64) {
        writer.u32(segment[1]);
      }
      word(writer, segment[2]);
      word(writer, segment[3]);
      word(writer, segment[3]);
      word(writer, segment[4]);
      word(writer, segment[5]);
      if (elfClass == ElfClass.CLASS32) {
        writer.u32(segment[1]);
      }
      word(writer, segment[6]);
    }
    return writer.toBytes();
  }

  private ByteWriter sectionHeaders(List<Part> all, List<Long> nameOffsets) {
    ByteWriter writer = writer().zeros(elfClass.sectionHeaderSize());
    for (int i = 0; i < all.size(); i++) {
      Part part = all.get(i);
      writer.u32(nameOffsets.get(i)).u32(part.type());
      word(writer, part.flags());
      word(writer, part.addr());
      word(writer, part.offset());
      word(writer, part.size());
      writer.u32(part.link()).u32(part.info());
      word(writer, part.align());
      word(writer, part.entsize());
    }
    return writer;
  }
}

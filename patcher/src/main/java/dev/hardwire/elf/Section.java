package dev.hardwire.elf;

import dev.hardwire.bytes.ByteWriter;

/**
 * A section header with its name (gABI, Section Header).
 *
 * @param index place in the section header table
 * @param nameOffset sh_name, an offset into the section name table in bytes
 * @param addr sh_addr, a virtual address
 * @param offset sh_offset, a file offset in bytes
 * @param size sh_size, bytes
 */
public record Section(
    int index,
    String name,
    long nameOffset,
    long type,
    long flags,
    long addr,
    long offset,
    long size,
    long link,
    long info,
    long addralign,
    long entsize) {
  public static final long SHT_PROGBITS = 1;
  public static final long SHT_SYMTAB = 2;
  public static final long SHT_STRTAB = 3;
  public static final long SHT_RELA = 4;
  public static final long SHT_HASH = 5;
  public static final long SHT_DYNAMIC = 6;
  public static final long SHT_NOTE = 7;
  public static final long SHT_NOBITS = 8;
  public static final long SHT_REL = 9;
  public static final long SHT_DYNSYM = 11;
  public static final long SHT_INIT_ARRAY = 14;
  public static final long SHT_PREINIT_ARRAY = 16;
  public static final long SHT_GNU_HASH = 0x6ffffff6L;
  public static final long SHT_GNU_VERDEF = 0x6ffffffdL;
  public static final long SHT_GNU_VERNEED = 0x6ffffffeL;
  public static final long SHT_GNU_VERSYM = 0x6fffffffL;

  public static final long SHF_WRITE = 1;
  public static final long SHF_ALLOC = 2;
  public static final long SHF_EXECINSTR = 4;
  private static final long SHF_TLS = 0x400;

  public boolean isAllocated() {
    return (flags & SHF_ALLOC) != 0;
  }

  /**
   * Whether it is the part of thread-local storage that has no bytes in the file (.tbss): it takes
   * no addresses, and those that it names belong to what follows.
   */
  public boolean isThreadSpace() {
    return type == SHT_NOBITS && (flags & SHF_TLS) != 0;
  }

  /** Whether it is loaded, and neither written to nor executed. */
  public boolean isReadOnlyData() {
    return isAllocated() && (flags & (SHF_WRITE | SHF_EXECINSTR)) == 0;
  }

  /** The first file offset behind the section's bytes. */
  public long fileEnd() {
    return type == SHT_NOBITS ? offset : offset + size;
  }

  /** Whether {@code [start, end)} and the section's bytes in the file have one in common. */
  public boolean overlapsFile(long start, long end) {
    return offset < fileEnd() && offset < end && start < fileEnd();
  }

  /** Whether the section's bytes lie in those of {@code segment}. */
  public boolean isIn(ProgramHeader segment) {
    return size > 0
        && type != SHT_NOBITS
        && offset >= segment.offset()
        && fileEnd() <= segment.fileEnd();
  }

  /** The same section somewhere else. */
  public Section at(long newAddr, long newOffset, long newSize) {
    return new Section(
        index,
        name,
        nameOffset,
        type,
        flags,
        newAddr,
        newOffset,
        newSize,
        link,
        info,
        addralign,
        entsize);
  }

  /** Appends the entry in the class of {@code header}. */
  public void write(ByteWriter writer, FileHeader header) {
    writer.u32(nameOffset).u32(type);
    header.writeWord(writer, flags);
    header.writeWord(writer, addr);
    header.writeWord(writer, offset);
    header.writeWord(writer, size);
    writer.u32(link).u32(info);
    header.writeWord(writer, addralign);
    header.writeWord(writer, entsize);
  }
}

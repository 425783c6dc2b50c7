package dev.hardwire.elf;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.ByteWriter;

/**
 * A program header (gABI, Program Header).
 *
 * @param type p_type, see {@link SegmentType}
 * @param flags p_flags
 * @param offset p_offset, a file offset in bytes
 * @param vaddr p_vaddr, a virtual address
 * @param paddr p_paddr
 * @param filesz p_filesz, bytes
 * @param memsz p_memsz, bytes
 * @param align p_align, bytes
 */
public record ProgramHeader(
    long type,
    long flags,
    long offset,
    long vaddr,
    long paddr,
    long filesz,
    long memsz,
    long align) {
  public static final long PF_X = 1;
  public static final long PF_W = 2;
  public static final long PF_R = 4;

  /** Written by hand: the generated methods cost twenty milliseconds at start-up. */
  @Override
  public boolean equals(Object other) {
    return other instanceof ProgramHeader that
        && type == that.type
        && flags == that.flags
        && offset == that.offset
        && vaddr == that.vaddr
        && paddr == that.paddr
        && filesz == that.filesz
        && memsz == that.memsz
        && align == that.align;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(31 * (31 * type + offset) + vaddr);
  }

  /** Where a field is in a program header, in bytes (gABI, Elf32_Phdr and Elf64_Phdr). */
  static int fieldOffset(ElfClass elfClass, String field) {
    boolean wide = elfClass == ElfClass.CLASS64;
    return switch (field) {
      case "p_type" -> 0;
      case "p_flags" -> wide ? 4 : 24;
      case "p_offset" -> wide ? 8 : 4;
      case "p_vaddr" -> wide ? 16 : 8;
      case "p_filesz" -> wide ? 32 : 16;
      case "p_memsz" -> wide ? 40 : 20;
      case "p_align" -> wide ? 48 : 28;
      default -> throw new IllegalArgumentException(field);
    };
  }

  public boolean isLoad() {
    return type == SegmentType.LOAD;
  }

  public boolean isWritable() {
    return (flags & PF_W) != 0;
  }

  /** The first virtual address behind the segment in memory. */
  public long memoryEnd() {
    return vaddr + memsz;
  }

  /** The first file offset behind the segment. */
  public long fileEnd() {
    return offset + filesz;
  }

  /** Whether {@code [start, end)} and the segment's bytes in the file have one in common. */
  public boolean overlapsFile(long start, long end) {
    return offset < end && start < fileEnd();
  }

  /** Whether the virtual addresses {@code [start, end)} and the segment have one in common. */
  public boolean overlapsMemory(long start, long end) {
    return vaddr < end && start < memoryEnd();
  }

  /** The same segment somewhere else; the physical address follows the virtual one. */
  public ProgramHeader at(long newOffset, long newVaddr, long newSize) {
    return new ProgramHeader(type, flags, newOffset, newVaddr, newVaddr, newSize, newSize, align);
  }

  public ProgramHeader withSizes(long newFilesz, long newMemsz) {
    return new ProgramHeader(type, flags, offset, vaddr, paddr, newFilesz, newMemsz, align);
  }

  /** Appends the entry in the class of {@code header}; p_flags stands where that class has it. */
  public void write(ByteWriter writer, FileHeader header) {
    boolean is64 = header.elfClass() == ElfClass.CLASS64;
    writer.u32(type);
    if (is64) {
      writer.u32(flags);
    }
    header.writeWord(writer, offset);
    header.writeWord(writer, vaddr);
    header.writeWord(writer, paddr);
    header.writeWord(writer, filesz);
    header.writeWord(writer, memsz);
    if (!is64) {
      writer.u32(flags);
    }
    header.writeWord(writer, align);
  }
}

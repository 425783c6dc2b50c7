package dev.hardwire.elf;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import java.nio.ByteOrder;

/**
 * The ELF file header (gABI, ELF Header).
 *
 * @param type e_type
 * @param machine e_machine
 * @param entry e_entry, a virtual address
 * @param phoff e_phoff, a file offset in bytes
 * @param shoff e_shoff, a file offset in bytes, 0 without a section header table
 * @param phnum e_phnum
 * @param shnum e_shnum
 * @param shstrndx e_shstrndx
 */
public record FileHeader(
    ElfClass elfClass,
    ByteOrder order,
    int type,
    int machine,
    long entry,
    long phoff,
    long shoff,
    int phnum,
    int shnum,
    int shstrndx) {
  public static final int ET_EXEC = 2;
  public static final int ET_DYN = 3;

  /** Bytes of the program header table. */
  public long programTableSize() {
    return (long) phnum * elfClass.programHeaderSize();
  }

  /** The first file offset behind the program header table. */
  public long programTableEnd() {
    return phoff + programTableSize();
  }

  /** The file offset of a program header. */
  public long programHeaderOffset(long index) {
    return phoff + index * elfClass.programHeaderSize();
  }

  /** An error about a field of a program header, by its name in the gABI. */
  public ElfFormatException refuse(Refusal refusal, long index, String field, String reason) {
    long offset = programHeaderOffset(index) + ProgramHeader.fieldOffset(elfClass, field);
    return new ElfFormatException(refusal, offset, field, reason);
  }

  /** Encodes a value of an address, offset or size as this file does. */
  public Bytes word(long value) {
    ByteWriter writer = new ByteWriter(order, elfClass.wordSize());
    writeWord(writer, value);
    return writer.toBytes();
  }

  /** Encodes a 16-bit value as this file does. */
  public Bytes half(int value) {
    return new ByteWriter(order, Short.BYTES).u16(value).toBytes();
  }

  void writeWord(ByteWriter writer, long value) {
    if (elfClass == ElfClass.CLASS32) {
      writer.u32(value);
    } else {
      writer.u64(value);
    }
  }

  /**
   * Reads an address, an offset or a size at {@code offset} of {@code bytes}, in this file's class
   * and order.
   */
  public long readWord(Bytes bytes, long offset) {
    Bytes ordered = bytes.withOrder(order);
    return elfClass == ElfClass.CLASS32 ? ordered.u32(offset) : ordered.u64(offset);
  }
}

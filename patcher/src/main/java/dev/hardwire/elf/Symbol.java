package dev.hardwire.elf;

import dev.hardwire.arch.ElfClass;

/**
 * A symbol table entry (gABI, Symbol Table).
 *
 * @param fileOffset where the entry stands in the file, in bytes
 * @param name empty where st_name is 0
 * @param sectionIndex st_shndx, 0 for an undefined symbol
 * @param value st_value, in executables a virtual address
 */
public record Symbol(long fileOffset, String name, int sectionIndex, long value) {
  /** Where st_value stands in an entry, in bytes. */
  public static int valueOffset(ElfClass elfClass) {
    return elfClass == ElfClass.CLASS64 ? 8 : 4;
  }

  /** Where st_shndx stands in an entry, in bytes. */
  public static int sectionIndexOffset(ElfClass elfClass) {
    return elfClass == ElfClass.CLASS64 ? 6 : 14;
  }
}

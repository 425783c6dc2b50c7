package dev.hardwire.elf;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.arch.Target;

/**
 * A dynamic relocation (gABI, Relocation; RELR from the generic ABI's later text).
 *
 * @param kind which table it stands in
 * @param fileOffset where its entry stands in the file, in bytes
 * @param address r_offset, the virtual address that it writes to
 * @param type the architecture's relocation type; {@link Target#relativeType} for RELR
 * @param symbol index into the dynamic symbol table, 0 for none
 * @param addend r_addend as its bits; 0 where it is in the place itself
 */
public record Relocation(
    Kind kind, long fileOffset, long address, int type, long symbol, long addend) {
  /** The tables of dynamic relocations. */
  public enum Kind {
    REL,
    RELA,
    RELR
  }

  /** The type in r_info. */
  static int type(ElfClass elfClass, long info) {
    return (int) (elfClass == ElfClass.CLASS64 ? info & 0xffff_ffffL : info & 0xff);
  }

  /** The symbol in r_info. */
  static long symbol(ElfClass elfClass, long info) {
    return elfClass == ElfClass.CLASS64 ? info >>> 32 : info >>> 8;
  }

  /** Where r_addend stands in a RELA entry, in bytes. */
  public static int addendOffset(ElfClass elfClass) {
    return elfClass == ElfClass.CLASS64 ? 16 : 8;
  }
}

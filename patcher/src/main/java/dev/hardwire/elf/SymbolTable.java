package dev.hardwire.elf;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.Bytes;

/**
 * The entries of a symbol table, which are read in place (gABI, Symbol Table). The first one has no
 * name. All methods with an index throw {@link dev.hardwire.bytes.BytesException} if the table has
 * no such entry.
 */
public final class SymbolTable {
  public static final int STT_NOTYPE = 0;
  public static final int STT_FUNC = 2;
  public static final int STT_TLS = 6;
  public static final int STT_GNU_IFUNC = 10;
  public static final int STB_LOCAL = 0;
  public static final int STB_GLOBAL = 1;
  public static final int STB_WEAK = 2;
  public static final int SHN_UNDEF = 0;
  public static final int SHN_ABS = 0xfff1;

  private final Bytes entries;
  private final FileHeader header;
  private final boolean wide;
  private final int entrySize;

  /**
   * A table in a file.
   *
   * @param entries in the byte order of the file; bytes behind the last whole entry do not count
   */
  public SymbolTable(ElfFile elf, Bytes entries) {
    this.entries = entries;
    this.header = elf.header();
    this.wide = header.elfClass() == ElfClass.CLASS64;
    this.entrySize = header.elfClass().symbolSize();
  }

  public long count() {
    return entries.size() / entrySize;
  }

  /** st_name, an offset in the strings of the table. */
  public long nameOffset(long index) {
    return entries.u32(index * entrySize);
  }

  private int info(long index) {
    return entries.u8(index * entrySize + (wide ? 4 : 12));
  }

  /** The type in st_info, such as {@link #STT_FUNC}. */
  public int type(long index) {
    return info(index) & 0xf;
  }

  /** Whether it is code: a function, or one that returns the address of another. */
  public boolean isFunction(long index) {
    int type = type(index);
    return type == STT_FUNC || type == STT_GNU_IFUNC;
  }

  /** The binding in st_info, such as {@link #STB_GLOBAL}. */
  public int binding(long index) {
    return info(index) >> 4;
  }

  /** The visibility in st_other; 0 is the default one. */
  public int visibility(long index) {
    return entries.u8(index * entrySize + (wide ? 5 : 13)) & 3;
  }

  /** st_shndx, such as {@link #SHN_UNDEF}. */
  public int section(long index) {
    return entries.u16(index * entrySize + Symbol.sectionIndexOffset(header.elfClass()));
  }

  /** st_value: in executables and libraries, a virtual address. */
  public long value(long index) {
    return header.readWord(entries, index * entrySize + Symbol.valueOffset(header.elfClass()));
  }

  /** st_size, in bytes. */
  public long size(long index) {
    return header.readWord(entries, index * entrySize + (wide ? 16 : 8));
  }
}

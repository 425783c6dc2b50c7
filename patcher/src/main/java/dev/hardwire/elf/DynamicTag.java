package dev.hardwire.elf;

import java.util.Set;

/** Values of d_tag that are looked at (gABI, Dynamic Section; GNU extensions). */
public final class DynamicTag {
  public static final long NULL = 0;
  public static final long NEEDED = 1;
  public static final long HASH = 4;
  public static final long STRTAB = 5;
  public static final long SYMTAB = 6;
  public static final long RELA = 7;
  public static final long RELASZ = 8;
  public static final long RELAENT = 9;
  public static final long STRSZ = 10;
  public static final long SYMENT = 11;
  public static final long INIT = 12;
  public static final long SONAME = 14;
  public static final long RPATH = 15;
  public static final long REL = 17;
  public static final long RELSZ = 18;
  public static final long RELENT = 19;
  public static final long PLTREL = 20;
  public static final long DEBUG = 21;
  public static final long JMPREL = 23;
  public static final long PLTRELSZ = 2;
  public static final long INIT_ARRAY = 25;
  public static final long INIT_ARRAYSZ = 27;
  public static final long RUNPATH = 29;
  public static final long PREINIT_ARRAY = 32;
  public static final long PREINIT_ARRAYSZ = 33;
  public static final long RELRSZ = 35;
  public static final long RELR = 36;
  public static final long GNU_CONFLICTSZ = 0x6ffffdf6L;
  public static final long GNU_CONFLICT = 0x6ffffef8L;
  public static final long GNU_HASH = 0x6ffffef5L;
  public static final long VERSYM = 0x6ffffff0L;
  public static final long FLAGS_1 = 0x6ffffffbL;
  public static final long VERDEF = 0x6ffffffcL;
  public static final long VERNEED = 0x6ffffffeL;

  /** In FLAGS_1: a position-independent executable. */
  public static final long DF_1_PIE = 0x08000000L;

  /**
   * The tags whose values are addresses of read-only tables of the dynamic linker: symbols, names,
   * hashes, versions.
   */
  public static final Set<Long> READ_ONLY_TABLES =
      Set.of(HASH, STRTAB, SYMTAB, GNU_HASH, VERSYM, VERDEF, VERNEED);

  private DynamicTag() {}
}

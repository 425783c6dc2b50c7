package dev.hardwire.elf;

import java.util.Map;
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
  public static final long DEPAUDIT = 0x6ffffefbL;
  public static final long AUDIT = 0x6ffffefcL;
  public static final long AUXILIARY = 0x7ffffffdL;
  public static final long FILTER = 0x7fffffffL;
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
  public static final long FINI = 13;
  public static final long SYMBOLIC = 16;
  public static final long TEXTREL = 22;
  public static final long BIND_NOW = 24;
  public static final long FINI_ARRAY = 26;
  public static final long FINI_ARRAYSZ = 28;
  public static final long PLTGOT = 3;
  public static final long RELRENT = 37;
  public static final long RELACOUNT = 0x6ffffff9L;
  public static final long RELCOUNT = 0x6ffffffaL;
  public static final long VERDEFNUM = 0x6ffffffdL;
  public static final long VERNEEDNUM = 0x6fffffffL;
  public static final long RELRSZ = 35;
  public static final long RELR = 36;
  public static final long GNU_CONFLICTSZ = 0x6ffffdf6L;
  public static final long GNU_CONFLICT = 0x6ffffef8L;
  public static final long GNU_HASH = 0x6ffffef5L;
  public static final long VERSYM = 0x6ffffff0L;
  public static final long FLAGS = 30;
  public static final long FLAGS_1 = 0x6ffffffbL;
  public static final long VERDEF = 0x6ffffffcL;
  public static final long VERNEED = 0x6ffffffeL;

  /** ppc64le: 32 bytes before the code to which entries of the procedure linkage table lead. */
  public static final long PPC64_GLINK = 0x70000000L;

  /** In FLAGS_1: a position-independent executable. */
  public static final long DF_1_PIE = 0x08000000L;

  /**
   * The tags whose values are addresses of read-only tables of the dynamic linker: symbols, names,
   * hashes, versions.
   */
  public static final Set<Long> READ_ONLY_TABLES =
      Set.of(HASH, STRTAB, SYMTAB, GNU_HASH, VERSYM, VERDEF, VERNEED);

  /** In FLAGS: relocations write to segments that are not writable. */
  public static final long DF_TEXTREL = 4;

  /** The tags that linkers write into executables of every machine. */
  private static final Map<Long, String> GENERIC =
      Map.ofEntries(
          Map.entry(NEEDED, "DT_NEEDED"),
          Map.entry(PLTRELSZ, "DT_PLTRELSZ"),
          Map.entry(PLTGOT, "DT_PLTGOT"),
          Map.entry(HASH, "DT_HASH"),
          Map.entry(STRTAB, "DT_STRTAB"),
          Map.entry(SYMTAB, "DT_SYMTAB"),
          Map.entry(RELA, "DT_RELA"),
          Map.entry(RELASZ, "DT_RELASZ"),
          Map.entry(RELAENT, "DT_RELAENT"),
          Map.entry(STRSZ, "DT_STRSZ"),
          Map.entry(SYMENT, "DT_SYMENT"),
          Map.entry(INIT, "DT_INIT"),
          Map.entry(FINI, "DT_FINI"),
          Map.entry(SONAME, "DT_SONAME"),
          Map.entry(RPATH, "DT_RPATH"),
          Map.entry(SYMBOLIC, "DT_SYMBOLIC"),
          Map.entry(REL, "DT_REL"),
          Map.entry(RELSZ, "DT_RELSZ"),
          Map.entry(RELENT, "DT_RELENT"),
          Map.entry(PLTREL, "DT_PLTREL"),
          Map.entry(DEBUG, "DT_DEBUG"),
          Map.entry(TEXTREL, "DT_TEXTREL"),
          Map.entry(JMPREL, "DT_JMPREL"),
          Map.entry(BIND_NOW, "DT_BIND_NOW"),
          Map.entry(INIT_ARRAY, "DT_INIT_ARRAY"),
          Map.entry(FINI_ARRAY, "DT_FINI_ARRAY"),
          Map.entry(INIT_ARRAYSZ, "DT_INIT_ARRAYSZ"),
          Map.entry(FINI_ARRAYSZ, "DT_FINI_ARRAYSZ"),
          Map.entry(RUNPATH, "DT_RUNPATH"),
          Map.entry(FLAGS, "DT_FLAGS"),
          Map.entry(PREINIT_ARRAY, "DT_PREINIT_ARRAY"),
          Map.entry(PREINIT_ARRAYSZ, "DT_PREINIT_ARRAYSZ"),
          Map.entry(RELRSZ, "DT_RELRSZ"),
          Map.entry(RELR, "DT_RELR"),
          Map.entry(RELRENT, "DT_RELRENT"),
          Map.entry(GNU_HASH, "DT_GNU_HASH"),
          Map.entry(VERSYM, "DT_VERSYM"),
          Map.entry(RELACOUNT, "DT_RELACOUNT"),
          Map.entry(RELCOUNT, "DT_RELCOUNT"),
          Map.entry(FLAGS_1, "DT_FLAGS_1"),
          Map.entry(VERDEF, "DT_VERDEF"),
          Map.entry(VERDEFNUM, "DT_VERDEFNUM"),
          Map.entry(VERNEED, "DT_VERNEED"),
          Map.entry(VERNEEDNUM, "DT_VERNEEDNUM"));

  private DynamicTag() {}

  /** Whether linkers write entries of a tag into executables of every machine. */
  public static boolean isGeneric(long tag) {
    return GENERIC.containsKey(tag);
  }

  /** The gABI's name of a tag, or its number. */
  public static String nameOf(long tag) {
    String name = GENERIC.get(tag);
    return name == null ? "d_tag " + Long.toUnsignedString(tag) : name;
  }
}

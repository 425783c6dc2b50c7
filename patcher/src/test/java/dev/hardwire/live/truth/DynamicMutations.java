package dev.hardwire.live.truth;

import static dev.hardwire.live.truth.Mutations.add;

import dev.hardwire.elf.DynamicTag;
import java.util.List;

/** Changes of the dynamic section. */
final class DynamicMutations {
  private static final long[] TAGS = {
    DynamicTag.NULL,
    DynamicTag.NEEDED,
    DynamicTag.PLTRELSZ,
    DynamicTag.PLTGOT,
    DynamicTag.HASH,
    DynamicTag.STRTAB,
    DynamicTag.SYMTAB,
    DynamicTag.RELA,
    DynamicTag.RELASZ,
    DynamicTag.RELAENT,
    DynamicTag.STRSZ,
    DynamicTag.SYMENT,
    DynamicTag.INIT,
    DynamicTag.FINI,
    DynamicTag.SONAME,
    DynamicTag.RPATH,
    DynamicTag.SYMBOLIC,
    DynamicTag.REL,
    DynamicTag.RELSZ,
    DynamicTag.RELENT,
    DynamicTag.PLTREL,
    DynamicTag.DEBUG,
    DynamicTag.TEXTREL,
    DynamicTag.JMPREL,
    DynamicTag.BIND_NOW,
    DynamicTag.INIT_ARRAY,
    DynamicTag.FINI_ARRAY,
    DynamicTag.INIT_ARRAYSZ,
    DynamicTag.FINI_ARRAYSZ,
    DynamicTag.RUNPATH,
    DynamicTag.FLAGS,
    DynamicTag.PREINIT_ARRAY,
    DynamicTag.PREINIT_ARRAYSZ,
    34, // DT_SYMTAB_SHNDX
    DynamicTag.RELRSZ,
    DynamicTag.RELR,
    DynamicTag.RELRENT,
    DynamicTag.RELACOUNT,
    DynamicTag.RELCOUNT,
    DynamicTag.FLAGS_1,
    DynamicTag.GNU_HASH,
    DynamicTag.VERSYM,
    DynamicTag.VERDEF,
    DynamicTag.VERDEFNUM,
    DynamicTag.VERNEED,
    DynamicTag.VERNEEDNUM,
    DynamicTag.GNU_CONFLICT,
    DynamicTag.GNU_CONFLICTSZ,
    0x6ffffef6L, // DT_TLSDESC_PLT
    0x6ffffef7L, // DT_TLSDESC_GOT
    0x6ffffef9L, // DT_GNU_LIBLIST
    0x6ffffefbL, // DT_DEPAUDIT
    0x6ffffefcL, // DT_AUDIT
    0x7ffffffdL, // DT_AUXILIARY
    0x7fffffffL, // DT_FILTER
    0x70000000L,
    0x70000001L,
    0x70000003L
  };

  private DynamicMutations() {}

  static void addTo(List<Mutation> all) {
    add(all, 6, DynamicMutations::value);
    add(all, 4, d -> d.entries(d.anatomy.dynamic, 2 * d.word(), "dynamic entry"));
    add(all, 3, DynamicMutations::retag);
    add(all, 6, d -> added(d, d.pick(TAGS)));
    add(all, 3, DynamicMutations::flags);
    add(all, 2, DynamicMutations::array);
    add(all, 2, DynamicMutations::name);
    add(all, 1, DynamicMutations::removed);
  }

  /** One of the most telling changes. */
  static void change(Draft d) {
    switch (d.random.nextInt(4)) {
      case 0 -> value(d);
      case 1 -> array(d);
      case 2 -> insert(d, d.pick(TAGS), d.address());
      default -> d.entries(d.anatomy.dynamic, 2 * d.word(), "dynamic entry");
    }
  }

  /** The entry of a tag; -1 for none. */
  static int find(Draft d, long tag) {
    for (int entry : d.anatomy.dynamic) {
      if (d.get(entry) == tag) {
        return entry;
      }
    }
    return -1;
  }

  static long valueOf(Draft d, long tag) {
    int entry = find(d, tag);
    return entry < 0 ? 0 : d.get(entry + d.word());
  }

  private static void value(Draft d) {
    if (d.anatomy.dynamic.isEmpty()) {
      return;
    }
    int entry = d.pick(d.anatomy.dynamic);
    long old = d.get(entry + d.word());
    long value =
        switch (d.random.nextInt(8)) {
          case 0, 1, 2 -> d.address();
          case 3 -> d.get(d.pick(d.anatomy.dynamic) + d.word());
          default -> d.near(old);
        };
    d.set(entry + d.word(), value, "value of " + DynamicTag.nameOf(d.get(entry)));
  }

  private static void retag(Draft d) {
    if (!d.anatomy.dynamic.isEmpty()) {
      d.set(d.pick(d.anatomy.dynamic), d.pick(TAGS), "tag");
    }
  }

  /** Puts an entry in place of DT_NULL, or of another that programs can do without. */
  static void insert(Draft d, long tag, long value) {
    int entry = find(d, DynamicTag.NULL);
    if (entry < 0 || !d.anatomy.dynamic.contains(entry + 2 * d.word())) {
      entry = find(d, DynamicTag.DEBUG);
    }
    if (entry >= 0) {
      d.set(entry, tag, DynamicTag.nameOf(tag));
      d.set(entry + d.word(), value, "its value");
    }
  }

  /** Sets the entry of a tag, or adds one. */
  static void put(Draft d, long tag, long value) {
    int entry = find(d, tag);
    if (entry < 0) {
      insert(d, tag, value);
    } else {
      d.set(entry + d.word(), value, DynamicTag.nameOf(tag));
    }
  }

  private static void added(Draft d, long tag) {
    long value =
        switch (d.random.nextInt(6)) {
          case 0 -> d.near(d.word());
          case 1 -> d.pick(0, 1, 2, 7, 8, 16, 17, 24);
          case 2 -> d.anatomy.strings.size() > 0 ? d.random.nextInt(d.anatomy.strings.size()) : 0;
          default -> d.address();
        };
    if (!d.anatomy.dynamic.isEmpty()) {
      insert(d, tag, value);
    }
  }

  private static void flags(Draft d) {
    long tag = d.chance(50) ? DynamicTag.FLAGS : DynamicTag.FLAGS_1;
    long known = tag == DynamicTag.FLAGS ? d.pick(1, 2, 4, 8, 16) : 1L << d.random.nextInt(31);
    put(d, tag, valueOf(d, tag) ^ known);
  }

  /** An array of functions in another place, or another array. */
  private static void array(Draft d) {
    long[] tags = {DynamicTag.PREINIT_ARRAY, DynamicTag.INIT_ARRAY, DynamicTag.FINI_ARRAY};
    long[] sizes = {DynamicTag.PREINIT_ARRAYSZ, DynamicTag.INIT_ARRAYSZ, DynamicTag.FINI_ARRAYSZ};
    int from = d.random.nextInt(3);
    int to = d.random.nextInt(3);
    long start = valueOf(d, tags[from]);
    long size = valueOf(d, sizes[from]);
    if (d.chance(50)) {
      start += d.word() * (d.random.nextInt(5) - 2L);
    }
    if (d.chance(50)) {
      size += d.word() * (d.random.nextInt(5) - 2L);
    }
    put(d, tags[to], start);
    put(d, sizes[to], size);
  }

  private static void name(Draft d) {
    if (d.anatomy.strings.size() > 0) {
      long tag = d.pick(DynamicTag.NEEDED, DynamicTag.SONAME, DynamicTag.RPATH, DynamicTag.RUNPATH);
      long at = d.random.nextInt(d.anatomy.strings.size());
      if (d.chance(50)) {
        insert(d, tag, at);
      } else {
        put(d, tag, at);
      }
    }
  }

  private static void removed(Draft d) {
    List<Integer> all = d.anatomy.dynamic;
    if (all.size() > 2) {
      int index = d.random.nextInt(all.size() - 1);
      int size = 2 * d.word();
      byte[] rest = d.copy(all.get(index + 1), (all.size() - index - 1) * size);
      d.put(all.get(index), rest, "dynamic entry removed");
    }
  }
}

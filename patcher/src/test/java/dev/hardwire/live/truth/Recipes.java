package dev.hardwire.live.truth;

import static dev.hardwire.live.truth.Mutations.add;

import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.SegmentType;
import dev.hardwire.live.truth.SegmentMutations.Field;
import java.util.List;

/** Changes of several tables that make sense together only. */
final class Recipes {
  private static final List<String> INTERPOSED =
      List.of(
          "_rtld_global",
          "_rtld_global_ro",
          "__tunable_get_val",
          "__tls_get_addr",
          "_dl_audit_preinit",
          "_dl_catch_exception",
          "__libc_enable_secure",
          "__libc_stack_end",
          "malloc",
          "calloc",
          "free");

  private static final long[] TABLES = {
    DynamicTag.SYMTAB,
    DynamicTag.STRTAB,
    DynamicTag.HASH,
    DynamicTag.GNU_HASH,
    DynamicTag.VERSYM,
    DynamicTag.VERNEED,
    DynamicTag.RELA,
    DynamicTag.JMPREL,
    DynamicTag.INIT_ARRAY,
    DynamicTag.FINI_ARRAY
  };

  private Recipes() {}

  static void addTo(List<Mutation> all) {
    add(all, 2, Recipes::preinit);
    add(all, 2, Recipes::textRelocations);
    add(all, 2, Recipes::writableHeaders);
    add(all, 2, Recipes::lazy);
    add(all, 2, Recipes::relativePacked);
    add(all, 2, Recipes::sharedLibrary);
    add(all, 2, Recipes::nameAtAddress);
    add(all, 2, Recipes::otherInterpreter);
    add(all, 2, Recipes::secondMapping);
    add(all, 2, Recipes::segmentInPage);
    add(all, 2, Recipes::interposed);
    add(all, 2, Recipes::overlappingTables);
    add(all, 2, Recipes::movedTable);
    add(all, 2, Recipes::movedDynamicSection);
  }

  private static void preinit(Draft d) {
    if (!d.anatomy.dynamic.isEmpty()) {
      DynamicMutations.put(d, DynamicTag.PREINIT_ARRAY, d.address());
      DynamicMutations.put(d, DynamicTag.PREINIT_ARRAYSZ, d.pick(d.word(), 2L * d.word(), 1, 0));
    }
  }

  private static void textRelocations(Draft d) {
    if (d.anatomy.relocations.isEmpty()) {
      return;
    }
    DynamicMutations.put(d, DynamicTag.TEXTREL, 0);
    d.set(d.pick(d.anatomy.relocations), d.address(), "r_offset");
  }

  /** Relocations can then change the tables of the dynamic linker. */
  private static void writableHeaders(Draft d) {
    for (int entry : d.anatomy.programHeaders) {
      if (Field.TYPE.get(d, entry) == SegmentType.LOAD) {
        Field.FLAGS.set(d, entry, Field.FLAGS.get(d, entry) | ProgramHeader.PF_W);
        break;
      }
    }
    if (!d.anatomy.relocations.isEmpty()) {
      d.set(d.pick(d.anatomy.relocations), d.address(), "r_offset");
    }
  }

  private static void lazy(Draft d) {
    if (!d.anatomy.dynamic.isEmpty()) {
      DynamicMutations.put(d, DynamicTag.FLAGS, 0);
      DynamicMutations.put(d, DynamicTag.FLAGS_1, d.chance(50) ? 0 : DynamicTag.DF_1_PIE);
      DynamicMutations.put(d, DynamicTag.PLTGOT, d.address());
    }
  }

  private static void relativePacked(Draft d) {
    if (!d.anatomy.dynamic.isEmpty()) {
      DynamicMutations.put(d, DynamicTag.RELR, d.address());
      DynamicMutations.put(d, DynamicTag.RELRSZ, d.word() * (1L + d.random.nextInt(3)));
      DynamicMutations.put(d, DynamicTag.RELRENT, d.word());
    }
  }

  private static void sharedLibrary(Draft d) {
    if (!d.anatomy.dynamic.isEmpty()) {
      DynamicMutations.put(d, DynamicTag.FLAGS_1, d.pick(0, 1));
      DynamicMutations.insert(
          d, DynamicTag.SONAME, d.random.nextInt(Math.max(1, d.anatomy.strings.size())));
    }
  }

  /** A segment whose address and offset are not the same place. */
  private static void nameAtAddress(Draft d) {
    long type =
        d.pick(SegmentType.INTERP, SegmentType.NOTE, SegmentType.TLS, SegmentType.GNU_PROPERTY);
    int entry = SegmentMutations.find(d, type);
    if (entry >= 0) {
      Field.VADDR.set(d, entry, d.address());
      if (d.chance(30)) {
        Field.MEMSZ.set(d, entry, d.near(Field.MEMSZ.get(d, entry)));
      }
    }
  }

  /** The name of another C library's dynamic linker, where there is room for it. */
  private static void otherInterpreter(Draft d) {
    int entry = SegmentMutations.find(d, SegmentType.INTERP);
    String name =
        d.chance(50)
            ? "/lib64/ld-linux-x86-64.so.2"
            : d.chance(70) ? "/lib/ld-musl-x86_64.so.1" : "/lib/ld-linux.so.2";
    int at = slack(d, name.length() + 1);
    if (entry >= 0 && at > 0) {
      d.put(at, name, "interpreter");
      place(d, entry, at);
      Field.FILESZ.set(d, entry, name.length() + 1);
      Field.MEMSZ.set(d, entry, name.length() + 1);
    }
  }

  /** A part of the file is mapped a second time, behind everything. */
  private static void secondMapping(Draft d) {
    int entry = SegmentMutations.find(d, d.pick(SegmentType.GNU_EH_FRAME, SegmentType.GNU_STACK));
    long end = d.anatomy.elf.loads().get(d.anatomy.elf.loads().size() - 1).memoryEnd();
    ProgramHeader source = d.pick(d.anatomy.elf.loads());
    if (entry < 0) {
      return;
    }
    Field.TYPE.set(d, entry, SegmentType.LOAD);
    Field.FLAGS.set(d, entry, d.pick(4, 5, 6, 7));
    Field.OFFSET.set(d, entry, source.offset());
    long base = (end + 0x1fff & -0x1000) + 0x1000L * d.random.nextInt(3);
    Field.VADDR.set(d, entry, base + (source.vaddr() & 0xfff));
    Field.FILESZ.set(d, entry, source.filesz());
    Field.MEMSZ.set(d, entry, source.filesz());
    Field.ALIGN.set(d, entry, 0x1000);
    if (d.chance(40)) {
      long moved = base + (source.vaddr() & 0xfff) - source.vaddr();
      d.set(24, d.function() + moved, "e_entry");
    }
  }

  /** A few bytes, or none, behind another segment in its last page. */
  private static void segmentInPage(Draft d) {
    int entry = SegmentMutations.find(d, d.pick(SegmentType.GNU_EH_FRAME, SegmentType.GNU_STACK));
    if (entry < 0) {
      return;
    }
    ProgramHeader before = d.pick(d.anatomy.elf.loads());
    long address = before.memoryEnd() + d.random.nextInt(64);
    Field.TYPE.set(d, entry, SegmentType.LOAD);
    Field.FLAGS.set(d, entry, d.pick(4, 5, 6, 7));
    Field.VADDR.set(d, entry, address);
    long offset = d.chance(50) ? before.offset() - before.vaddr() : d.pick(0, 0x1000, 0x2000);
    Field.OFFSET.set(d, entry, d.chance(50) ? address + offset : address & 0xfff);
    Field.FILESZ.set(d, entry, d.pick(0, 0, 16));
    Field.MEMSZ.set(d, entry, d.pick(0, 16, 0x1000));
    Field.ALIGN.set(d, entry, d.pick(0, 1, 0x1000));
  }

  /** A symbol of the program is called as something that C libraries and linkers look for. */
  private static void interposed(Draft d) {
    if (d.anatomy.symbols.isEmpty()) {
      return;
    }
    int symbol = d.pick(d.anatomy.symbols);
    long strings = DynamicMutations.valueOf(d, DynamicTag.STRTAB);
    long place = d.anatomy.elf.fileOffset(strings, 1).orElse(-1);
    if (place >= 0) {
      String name = INTERPOSED.get(d.random.nextInt(INTERPOSED.size()));
      d.put((int) (place + d.get(symbol, 4)), name, "name");
      SymbolMutations.defined(d, symbol);
    }
  }

  /** One table begins in another one. */
  private static void overlappingTables(Draft d) {
    long from = d.pick(TABLES);
    long to = d.pick(TABLES);
    int entry = DynamicMutations.find(d, from);
    if (entry >= 0 && DynamicMutations.find(d, to) >= 0) {
      long value = DynamicMutations.valueOf(d, to) + d.pick(0, 8, 16, 24, -8, -24);
      d.set(entry + d.word(), value, "value of " + DynamicTag.nameOf(from));
    }
  }

  /** The program header table goes to unused bytes; the old one may be changed. */
  private static void movedTable(Draft d) {
    int size = d.anatomy.programHeaders.size() * SegmentMutations.size(d);
    int at = slack(d, size);
    if (at == 0) {
      return;
    }
    int table = SegmentMutations.find(d, SegmentType.PHDR);
    if (table >= 0) {
      place(d, table, at);
    }
    d.put(at, d.copy(d.anatomy.programHeaders.get(0), size), "program header table");
    d.set(24 + d.word(), at, "e_phoff");
    if (d.chance(60)) {
      SegmentMutations.change(d);
    }
  }

  private static void movedDynamicSection(Draft d) {
    int size = d.anatomy.dynamic.size() * 2 * d.word();
    int at = slack(d, size);
    int entry = SegmentMutations.find(d, SegmentType.DYNAMIC);
    if (size > 0 && at > 0 && entry >= 0) {
      d.put(at, d.copy(d.anatomy.dynamic.get(0), size), "dynamic section");
      if (d.chance(80)) {
        place(d, entry, at);
      } else {
        Field.OFFSET.set(d, entry, at);
      }
      DynamicMutations.change(d);
    }
  }

  /** Points a segment to bytes of the file. */
  private static void place(Draft d, int entry, int at) {
    Field.OFFSET.set(d, entry, at);
    ProgramHeader holder = d.anatomy.elf.loads().get(0);
    for (ProgramHeader load : d.anatomy.elf.loads()) {
      holder = load.offset() <= at ? load : holder;
    }
    Field.VADDR.set(d, entry, holder.vaddr() + at - holder.offset());
  }

  /**
   * File offset of unused bytes that are mapped, or are if a segment grows; 0 if there are none.
   */
  private static int slack(Draft d, int size) {
    List<ProgramHeader> loads = d.anatomy.elf.loads();
    int first = d.random.nextInt(loads.size());
    for (int i = 0; i < loads.size(); i++) {
      ProgramHeader load = loads.get((first + i) % loads.size());
      int at = (int) (load.fileEnd() + 15 & -16);
      byte[] found = d.copy(at, size);
      boolean isFree = at + size <= d.anatomy.elf.bytes().size();
      for (byte one : found) {
        isFree &= one == 0;
      }
      if (isFree && load.filesz() == load.memsz()) {
        int entry = d.anatomy.programHeaders.get(d.anatomy.elf.programHeaders().indexOf(load));
        long grown = at + size - load.offset();
        Field.FILESZ.set(d, entry, grown);
        Field.MEMSZ.set(d, entry, grown);
        return at;
      }
    }
    return 0;
  }
}

package dev.hardwire.live.truth;

import static dev.hardwire.live.truth.Mutations.add;

import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.SegmentType;
import dev.hardwire.live.truth.SegmentMutations.Field;
import java.util.List;

/** Changes of several tables that make sense together only. */
final class Recipes {
  private Recipes() {}

  static void addTo(List<Mutation> all) {
    add(all, 2, Recipes::preinit);
    add(all, 2, Recipes::textRelocations);
    add(all, 2, Recipes::writableHeaders);
    add(all, 2, Recipes::lazy);
    add(all, 2, Recipes::relativePacked);
    add(all, 2, Recipes::sharedLibrary);
    add(all, 2, Recipes::nameAtAddress);
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
}

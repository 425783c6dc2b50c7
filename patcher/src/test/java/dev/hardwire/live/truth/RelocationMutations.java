package dev.hardwire.live.truth;

import static dev.hardwire.live.truth.Mutations.add;

import java.util.List;

/** Changes of dynamic relocations. */
final class RelocationMutations {
  /** R_X86_64_* and R_386_*, those that linkers use and some that they do not. */
  private static final long[] TYPES64 = {
    0, 1, 2, 5, 6, 6, 7, 8, 8, 10, 14, 16, 17, 18, 36, 37, 37, 38
  };

  private static final long[] TYPES32 = {0, 1, 2, 5, 6, 6, 7, 8, 8, 14, 35, 36, 37, 41, 42, 42};

  private RelocationMutations() {}

  static void addTo(List<Mutation> all) {
    add(all, 4, when(d -> d.set(entry(d), place(d), "r_offset")));
    add(all, 3, when(d -> info(d, entry(d), type(d), -1)));
    add(all, 3, when(d -> info(d, entry(d), -1, symbol(d))));
    add(all, 4, when(RelocationMutations::addend));
    add(all, 2, when(d -> d.entries(d.anatomy.relocations, size(d), "relocation")));
    add(all, 5, when(RelocationMutations::whole));
    add(all, 4, RelocationMutations::packed);
  }

  private static Mutation when(Mutation mutation) {
    return d -> {
      if (!d.anatomy.relocations.isEmpty()) {
        mutation.apply(d);
      }
    };
  }

  private static int size(Draft d) {
    return d.anatomy.usesRela ? 3 * d.word() : 2 * d.word();
  }

  /** Any, and often one that decides what runs first. */
  private static int entry(Draft d) {
    List<Integer> start = d.anatomy.startRelocations;
    return !start.isEmpty() && d.chance(30) ? d.pick(start) : d.pick(d.anatomy.relocations);
  }

  private static long type(Draft d) {
    return switch (d.anatomy.elf.machine()) {
      case X86_64 -> d.pick(TYPES64);
      case I386 -> d.pick(TYPES32);
      default -> foreignType(d);
    };
  }

  /** That of another relocation, or one that is defined near it: psABIs number them by kind. */
  private static long foreignType(Draft d) {
    int shift = d.word() == 8 ? 32 : 8;
    long found = d.get(entry(d) + d.word()) & (1L << shift) - 1;
    return d.chance(60) ? found : d.chance(80) ? found + d.random.nextInt(9) - 4L : 0;
  }

  private static long symbol(Draft d) {
    return d.random.nextInt(d.anatomy.symbols.size() + 2);
  }

  /** An address, that of another relocation, or one near it. */
  private static long place(Draft d) {
    return switch (d.random.nextInt(4)) {
      case 0 -> d.get(entry(d));
      case 1 -> d.get(entry(d)) + d.pick(-8, -4, -1, 1, 4, 8);
      default -> d.address();
    };
  }

  private static void info(Draft d, int entry, long type, long symbol) {
    int shift = d.word() == 8 ? 32 : 8;
    long old = d.get(entry + d.word());
    long newType = type < 0 ? old & (1L << shift) - 1 : type;
    long newSymbol = symbol < 0 ? old >>> shift : symbol;
    d.set(entry + d.word(), newSymbol << shift | newType, "r_info");
  }

  private static void addend(Draft d) {
    int entry = entry(d);
    long value = d.chance(80) ? d.address() : d.near(0);
    if (d.anatomy.usesRela) {
      d.set(entry + 2 * d.word(), value, "r_addend");
    } else {
      d.set(d.anatomy.offset(d.get(entry), d.word()), value, "addend in place");
    }
  }

  /** A relocation that another could be, but for what it writes and where. */
  private static void whole(Draft d) {
    int entry = entry(d);
    d.set(entry, place(d), "r_offset");
    if (d.chance(70)) {
      long type = type(d);
      boolean isRelative = type == d.anatomy.elf.machine().relativeType();
      info(d, entry, type, isRelative || d.chance(20) ? 0 : symbol(d));
    }
    if (d.anatomy.usesRela && d.chance(60)) {
      d.set(entry + 2 * d.word(), d.chance(40) ? 0 : d.address(), "r_addend");
    }
  }

  private static void packed(Draft d) {
    if (d.anatomy.packed.isEmpty()) {
      return;
    }
    int entry = d.pick(d.anatomy.packed);
    long old = d.get(entry);
    long value =
        (old & 1) == 1 || d.chance(20)
            ? old ^ 1L << d.random.nextInt(8 * d.word())
            : d.address() & -2;
    d.set(entry, value, "RELR");
  }
}

package dev.hardwire.live.truth;

import static dev.hardwire.live.truth.Mutations.add;

import dev.hardwire.elf.SegmentType;
import java.util.List;
import java.util.Locale;

/** Changes of the program header table. */
final class SegmentMutations {
  private static final long[] TYPES = {
    0,
    SegmentType.LOAD,
    SegmentType.DYNAMIC,
    SegmentType.INTERP,
    SegmentType.NOTE,
    SegmentType.PHDR,
    SegmentType.TLS,
    SegmentType.GNU_EH_FRAME,
    SegmentType.GNU_STACK,
    SegmentType.GNU_RELRO,
    SegmentType.GNU_PROPERTY,
    5,
    0x65041580L,
    0x70000000L
  };

  private SegmentMutations() {}

  /** Where the fields of an entry are, in bytes. */
  enum Field {
    TYPE(0, 0, 4),
    FLAGS(4, 24, 4),
    OFFSET(8, 4, 0),
    VADDR(16, 8, 0),
    PADDR(24, 12, 0),
    FILESZ(32, 16, 0),
    MEMSZ(40, 20, 0),
    ALIGN(48, 28, 0);

    private final int in64;
    private final int in32;
    private final int width;

    Field(int in64, int in32, int width) {
      this.in64 = in64;
      this.in32 = in32;
      this.width = width;
    }

    int at(Draft d, int entry) {
      return entry + (d.word() == 8 ? in64 : in32);
    }

    long get(Draft d, int entry) {
      return d.get(at(d, entry), width == 0 ? d.word() : width);
    }

    void set(Draft d, int entry, long value) {
      d.set(
          at(d, entry),
          width == 0 ? d.word() : width,
          value,
          "p_" + name().toLowerCase(Locale.ROOT));
    }
  }

  static void addTo(List<Mutation> all) {
    add(all, 3, d -> d.entries(d.anatomy.programHeaders, size(d), "program header"));
    add(all, 3, d -> Field.TYPE.set(d, any(d), d.pick(TYPES)));
    add(all, 3, d -> Field.FLAGS.set(d, any(d), d.chance(90) ? d.random.nextInt(8) : d.near(4)));
    add(all, 3, d -> Field.VADDR.set(d, any(d), d.address()));
    add(
        all,
        2,
        d -> Field.ALIGN.set(d, any(d), d.pick(0, 1, 4, 8, 16, 3, 0x1000, 0x2000, 1 << 21)));
    add(all, 2, d -> Field.ALIGN.set(d, any(d), 1L << d.random.nextInt(48)));
    add(all, 4, SegmentMutations::near);
    add(all, 4, SegmentMutations::moved);
    add(all, 3, SegmentMutations::sizes);
    add(all, 3, SegmentMutations::retargeted);
  }

  static int size(Draft d) {
    return d.word() == 8 ? 56 : 32;
  }

  private static int any(Draft d) {
    return d.pick(d.anatomy.programHeaders);
  }

  /** The first entry of a type; -1 for none. */
  static int find(Draft d, long type) {
    for (int entry : d.anatomy.programHeaders) {
      if (Field.TYPE.get(d, entry) == type) {
        return entry;
      }
    }
    return -1;
  }

  private static void near(Draft d) {
    Field field =
        d.pick(List.of(Field.OFFSET, Field.VADDR, Field.FILESZ, Field.MEMSZ, Field.ALIGN));
    int entry = any(d);
    field.set(d, entry, d.near(field.get(d, entry)));
  }

  /** One of the changes that do not need an entry of a type. */
  static void change(Draft d) {
    switch (d.random.nextInt(3)) {
      case 0 -> moved(d);
      case 1 -> retargeted(d);
      default -> near(d);
    }
  }

  /** Offset and address, or one of them, by the same pages. */
  private static void moved(Draft d) {
    int entry = any(d);
    long by = 0x1000L * (d.random.nextInt(7) - 3);
    if (d.chance(70)) {
      Field.VADDR.set(d, entry, Field.VADDR.get(d, entry) + by);
    }
    if (d.chance(60)) {
      Field.OFFSET.set(d, entry, Field.OFFSET.get(d, entry) + by);
    }
  }

  /** Both sizes, most often still such that p_filesz is not above p_memsz. */
  private static void sizes(Draft d) {
    int entry = any(d);
    long by = d.pick(-0x1000, -16, -8, 8, 16, 0x100, 0x1000, 0x10000, 0x200000);
    Field.MEMSZ.set(d, entry, Field.MEMSZ.get(d, entry) + by);
    if (d.chance(60)) {
      Field.FILESZ.set(d, entry, Field.FILESZ.get(d, entry) + by);
    }
  }

  /** Another kind of segment, where a table or a function is. */
  private static void retargeted(Draft d) {
    int entry = any(d);
    if (d.chance(50)) {
      Field.TYPE.set(d, entry, d.pick(TYPES));
    }
    long address = d.address();
    Field.VADDR.set(d, entry, address);
    if (d.chance(70)) {
      int offset = d.anatomy.offset(address, 1);
      Field.OFFSET.set(d, entry, offset == 0 ? address : offset);
    }
  }
}

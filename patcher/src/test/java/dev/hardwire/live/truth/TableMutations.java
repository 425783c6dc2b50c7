package dev.hardwire.live.truth;

import static dev.hardwire.live.truth.Mutations.add;

import dev.hardwire.elf.ProgramHeader;
import java.util.List;

/** Changes of arrays of functions, hash tables, versions, notes and section headers. */
final class TableMutations {
  /** So many bytes at the start are no code, whatever segment they are in. */
  private static final int HEADERS = 0x400;

  private TableMutations() {}

  static void addTo(List<Mutation> all) {
    add(all, 4, TableMutations::element);
    add(all, 2, d -> d.entries(d.anatomy.elements, d.word(), "element"));
    add(all, 4, d -> words(d, d.anatomy.hashes, "hash or version"));
    add(all, 2, d -> words(d, d.anatomy.notes, "note"));
    add(all, 2, d -> d.entries(d.anatomy.sections, sectionSize(d), "section header"));
    add(all, 3, TableMutations::section);
    add(all, 1, TableMutations::anything);
  }

  private static int sectionSize(Draft d) {
    return d.word() == 8 ? 64 : 40;
  }

  private static void element(Draft d) {
    if (!d.anatomy.elements.isEmpty()) {
      long value = d.chance(80) ? d.address() : d.pick(0, -1, 1);
      d.set(d.pick(d.anatomy.elements), value, "element");
    }
  }

  private static void words(Draft d, List<Anatomy.Range> ranges, String what) {
    if (ranges.isEmpty()) {
      return;
    }
    Anatomy.Range range = d.pick(ranges);
    if (range.size() >= 4) {
      int at = range.start() + 4 * d.random.nextInt(range.size() / 4);
      d.set(at, 4, d.chance(50) ? d.near(d.get(at, 4)) : d.pick(0, 1, 2, 3, 4, 8, 16, 32), what);
    }
  }

  private static void section(Draft d) {
    if (d.anatomy.sections.isEmpty()) {
      return;
    }
    int header = d.pick(d.anatomy.sections);
    int field = d.random.nextInt(sectionSize(d) / 4);
    int at = header + 4 * field;
    long value =
        switch (d.random.nextInt(3)) {
          case 0 -> d.address();
          case 1 -> d.get(d.pick(d.anatomy.sections) + 4 * field, 4);
          default -> d.near(d.get(at, 4));
        };
    d.set(at, 4, value, "section header");
  }

  /** Any byte but those of code, which reports. */
  private static void anything(Draft d) {
    int at = d.random.nextInt((int) d.anatomy.elf.bytes().size());
    boolean isCode =
        at >= HEADERS
            && d.anatomy
                .elf
                .loadOf(at)
                .filter(p -> (p.flags() & ProgramHeader.PF_X) != 0)
                .isPresent();
    if (!isCode) {
      d.set(at, 1, d.random.nextInt(256), "byte");
    }
  }
}

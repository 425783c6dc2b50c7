package dev.hardwire.derive.module;

import dev.hardwire.elf.Section;
import java.util.Optional;
import java.util.Set;

/**
 * The code that Go's linker made, between the first and the last function of Go's table of
 * functions (runtime.pcHeader and runtime.functab, Go 1.18 and later). In a file that a linker of C
 * has joined with other code, that lies before and behind.
 *
 * @param start address of the first function
 * @param end first address behind the last one
 */
public record GoCode(long start, long end) {
  /** Where the header of the table has the address of the first function. */
  private static final int START = 24;

  private static final Set<Integer> VERSIONS = Set.of(0xffff_fff0, 0xffff_fff1);
  private static final int POINTER_SIZE = 7;
  private static final int COUNT = 8;
  private static final int FUNCTIONS = 64;
  private static final int ENTRY = 8;
  private static final int MOST = 1 << 24;

  /** Finds it; empty if the table is not there, or is not understood. */
  static Optional<GoCode> of(Image image, Slots slots, Functions code) {
    long table = image.elf().section(GoCode::isTable).map(Section::addr).orElse(0L);
    if (table == 0 || !image.hasBytes(table, FUNCTIONS + Long.BYTES)) {
      return Optional.empty();
    }
    long start = start(image, slots, table);
    long count = image.word(table + COUNT);
    long functions = image.word(table + FUNCTIONS);
    boolean understood =
        VERSIONS.contains(image.half(table))
            && image.half(table + POINTER_SIZE - 3) >>> 24 == Long.BYTES
            && image.elf().isExecutable(start)
            && count > 0
            && count < MOST
            && functions > 0
            && functions < Integer.MAX_VALUE;
    long last = understood ? table + functions + count * ENTRY : 0;
    long descriptions = count * ENTRY + Integer.BYTES; // follow the functions, aligned
    if (!understood
        || !image.hasBytes(last, Integer.BYTES)
        || image.half(table + functions) != 0
        || image.half(table + functions + Integer.BYTES) != (descriptions + 7 & -8)
        || code.at(start) < 0
        || code.start(code.at(start)) != start) {
      return Optional.empty();
    }
    long end = start + (image.half(last) & 0xffff_ffffL);
    return end > start ? Optional.of(new GoCode(start, end)) : Optional.empty();
  }

  /** The address of the first function, which the header of the table has, maybe relocated. */
  static long start(Image image, Slots slots, long table) {
    int slot = slots.at(table + START);
    return slot >= 0 ? slots.value(slot) : image.word(table + START);
  }

  static boolean isTable(Section section) {
    return section.name().equals(".gopclntab") || section.name().equals(".data.rel.ro.gopclntab");
  }

  /** Whether an address lies in it. */
  boolean contains(long address) {
    return address >= start && address < end;
  }
}

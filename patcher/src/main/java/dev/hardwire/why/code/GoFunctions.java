package dev.hardwire.why.code;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.Section;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The functions of a Go program, from the table that its runtime walks stacks with
 * (runtime.pcHeader and runtime._func, Go 1.18 and later). Programs have it even if they are
 * stripped, and have no other call frame information.
 */
final class GoFunctions {
  private static final long GO_1_18 = 0xffff_fff0L;
  private static final long GO_1_20 = 0xffff_fff1L;
  private static final int COUNT = 8;
  private static final int START = 24;
  private static final int NAMES = 32;
  private static final int PAIRS = 56;
  private static final int FUNCTIONS = 64;
  private static final int ENTRY = 8;
  private static final int NAME = 4;
  private static final int STACK = 16;
  private static final int FLAGS = 41;

  /** Of _func.flag: the end of a stack; the function changes the stack pointer otherwise. */
  private static final int TOP_FRAME = 1;

  private static final int WRITES_STACK_POINTER = 2;

  private static final long MOST = 1 << 24;

  private final Bytes table;
  private final long start;
  private final long count;

  private GoFunctions(Bytes table, long start, long count) {
    this.table = table;
    this.start = start;
    this.count = count;
  }

  /**
   * A function.
   *
   * @param start its address in the file
   * @param frame bytes between the stack pointer and the return address at the given place; empty
   *     if the table does not tell, or nothing called the function
   */
  record Found(String name, long start, OptionalLong frame) {}

  /** Finds the table; empty if the file has none that is understood. */
  static Optional<GoFunctions> of(ElfFile elf) {
    Optional<Section> section = elf.section(GoFunctions::isTable);
    if (elf.machine() != Target.X86_64 || section.isEmpty()) {
      return Optional.empty();
    }
    try {
      Bytes table = elf.bytes().slice(section.get().offset(), section.get().size());
      long version = table.u32(0);
      long count = table.u64(COUNT);
      boolean understood =
          (version == GO_1_18 || version == GO_1_20)
              && table.u8(7) == Long.BYTES
              && count > 0
              && count < MOST;
      long start = table.u64(START);
      long text = elf.section(found -> found.name().equals(".text")).map(Section::addr).orElse(0L);
      return understood
          ? Optional.of(new GoFunctions(table, start == 0 ? text : start, count))
          : Optional.empty();
    } catch (BytesException damaged) {
      return Optional.empty();
    }
  }

  private static boolean isTable(Section section) {
    return section.name().equals(".gopclntab") || section.name().equals(".data.rel.ro.gopclntab");
  }

  /** The function at an address of the file; empty if there is none. */
  Optional<Found> find(long address) {
    try {
      long offset = address - start;
      long functions = table.u64(FUNCTIONS);
      if (offset < 0 || offset >= table.u32(functions + count * ENTRY)) {
        return Optional.empty();
      }
      long low = 0;
      long high = count;
      while (high - low > 1) {
        long middle = (low + high) / 2;
        if (table.u32(functions + middle * ENTRY) <= offset) {
          low = middle;
        } else {
          high = middle;
        }
      }
      long entry = table.u32(functions + low * ENTRY);
      long function = functions + table.u32(functions + low * ENTRY + 4);
      String name = table.cString(table.u64(NAMES) + table.u32(function + NAME));
      int flags = table.u8(function + FLAGS - (table.u32(0) == GO_1_20 ? 0 : 4));
      boolean isWalkable = (flags & (TOP_FRAME | WRITES_STACK_POINTER)) == 0;
      OptionalLong frame =
          isWalkable
              ? value(table.u64(PAIRS) + table.u32(function + STACK), offset - entry)
              : OptionalLong.empty();
      return Optional.of(new Found(name, start + entry, frame));
    } catch (BytesException damaged) {
      return Optional.empty();
    }
  }

  /** A value of a table of pairs: how much it grows, and for how many bytes of code it holds. */
  private OptionalLong value(long pairs, long offset) {
    long[] at = {pairs};
    long value = -1;
    long end = 0;
    for (boolean isFirst = true; ; isFirst = false) {
      long change = number(at);
      if (change == 0 && !isFirst) {
        return OptionalLong.empty();
      }
      value += (change & 1) != 0 ? ~(change >>> 1) : change >>> 1;
      end += number(at);
      if (offset < end) {
        return value >= 0 ? OptionalLong.of(value) : OptionalLong.empty();
      }
    }
  }

  /** A number in groups of seven bits, the lowest first. */
  private long number(long[] at) {
    long number = 0;
    for (int shift = 0; shift < Integer.SIZE; shift += 7) {
      int group = table.u8(at[0]++);
      number |= (long) (group & 0x7f) << shift;
      if ((group & 0x80) == 0) {
        break;
      }
    }
    return number;
  }
}

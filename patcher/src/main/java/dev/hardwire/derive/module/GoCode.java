package dev.hardwire.derive.module;

import dev.hardwire.elf.Section;
import java.util.Optional;

/**
 * The functions that Go's linker made, by Go's table of functions (runtime.pcHeader,
 * runtime.functab and runtime.moduledata, Go 1.16 and later). In a file that a linker of C has
 * joined with other code, that lies before and behind.
 */
public final class GoCode {
  /** The form of Go 1.18 and 1.20: entries are distances from the start of the code. */
  private static final int MAGIC_18 = 0xffff_fff0;

  private static final int MAGIC_20 = 0xffff_fff1;

  /** That of Go 1.16: entries are addresses. */
  private static final int MAGIC_16 = 0xffff_fffa;

  private static final int POINTER_SIZE = 7;
  private static final int COUNT = 8;
  private static final int MOST = 1 << 24;

  /** Where the header has the address of the code from Go 1.18 on; 0 from Go 1.26 on. */
  private static final int START = 24;

  /** Where runtime.moduledata has the first function, the end of the last, and the code. */
  private static final int FIRST_FUNCTION = 20 * Long.BYTES;

  private static final int LAST_FUNCTION = 21 * Long.BYTES;
  private static final int CODE = 22 * Long.BYTES;

  /** Where a type has the distance to its name, and its kind (bool to unsafe.Pointer). */
  private static final int NAME = 40;

  private static final int KIND = 31;
  private static final int LAST_KIND = 26;

  private final Image image;
  private final long code;

  /** The address of the names. */
  private final long names;

  /** The address of the table of functions, from which its descriptions are counted. */
  private final long functions;

  private final boolean old;

  /** The addresses of the functions, ascending, and the first one behind the last. */
  private final long[] starts;

  private GoCode(Image image, long code, long names, long functions, boolean old, long[] starts) {
    this.image = image;
    this.code = code;
    this.names = names;
    this.functions = functions;
    this.old = old;
    this.starts = starts;
  }

  static boolean isTable(Section section) {
    return section.name().equals(".gopclntab") || section.name().equals(".data.rel.ro.gopclntab");
  }

  /**
   * Whether a word of a file at fixed addresses is where a type of Go has the distance to its name
   * (abi.Type: sizes, hash, four bytes, a function to compare with, pointers by garbage collection,
   * name), and no distance to the type of its pointers.
   */
  static boolean isTypeName(Image image, long place) {
    long type = place - NAME;
    if (!image.hasBytes(type, NAME + Long.BYTES)) {
      return false;
    }
    long size = image.word(type);
    long withPointers = image.word(type + 8);
    int kinds = image.half(type + 20); // flags, alignment, that of fields, kind
    long equal = image.word(type + 24);
    int alignment = kinds >>> 8 & 0xff;
    int kind = kinds >>> 24 & KIND;
    return size >= 0
        && Long.compareUnsigned(withPointers, size) <= 0
        && image.word(place) >>> Integer.SIZE == 0
        && alignment == (kinds >>> 16 & 0xff)
        && (alignment == 1 || alignment == 2 || alignment == 4 || alignment == 8)
        && kind >= 1
        && kind <= LAST_KIND
        && (equal == 0 || image.isData(equal))
        && image.isData(image.word(type + 32));
  }

  /** Finds it; empty if the table is not there, or is not understood. */
  static Optional<GoCode> of(Image image, Slots slots) {
    long table = image.elf().section(GoCode::isTable).map(Section::addr).orElse(0L);
    int magic = table == 0 ? 0 : image.half(table);
    boolean old = magic == MAGIC_16;
    boolean known = old || magic == MAGIC_18 || magic == MAGIC_20;
    if (!known || image.half(table + POINTER_SIZE - 3) >>> 24 != Long.BYTES) {
      return Optional.empty();
    }
    long names = table + image.word(table + (old ? 24 : 32));
    long functions = table + image.word(table + (old ? 56 : 64));
    long count = image.word(table + COUNT);
    long module = module(slots, table, names);
    if (module == 0 || count <= 0 || count >= MOST) {
      return Optional.empty();
    }
    long code = pointer(image, slots, module + CODE);
    long named = pointer(image, slots, table + START);
    if (!old && named != 0 && named != code) {
      return Optional.empty();
    }
    long[] starts = starts(image, slots, functions, old ? 0 : code, (int) count);
    boolean fits =
        starts.length > 0
            && starts[0] == pointer(image, slots, module + FIRST_FUNCTION)
            && starts[starts.length - 1] == pointer(image, slots, module + LAST_FUNCTION);
    return fits
        ? Optional.of(new GoCode(image, code, names, functions, old, starts))
        : Optional.empty();
  }

  /** The description of the code, which begins with the addresses of the table and the names. */
  private static long module(Slots slots, long table, long names) {
    for (int slot = 0; slot + 1 < slots.count(); slot++) {
      boolean begins =
          slots.content(slot) == Slots.Content.ADDRESS
              && slots.value(slot) == table
              && slots.address(slot + 1) == slots.address(slot) + Long.BYTES
              && slots.content(slot + 1) == Slots.Content.ADDRESS
              && slots.value(slot + 1) == names;
      if (begins) {
        return slots.address(slot);
      }
    }
    return 0;
  }

  private static long pointer(Image image, Slots slots, long place) {
    int slot = slots.at(place);
    return slot >= 0 && slots.content(slot) == Slots.Content.ADDRESS
        ? slots.value(slot)
        : image.word(place);
  }

  /**
   * The addresses of the functions and the end of the last; none if they are not in order.
   *
   * @param code what distances are counted from; 0 if the table has addresses
   */
  private static long[] starts(Image image, Slots slots, long functions, long code, int count) {
    int size = code == 0 ? 2 * Long.BYTES : 2 * Integer.BYTES;
    long[] starts = new long[count + 1];
    for (int i = 0; i <= count; i++) {
      long place = functions + (long) i * size;
      if (!image.hasBytes(place, size / 2)) {
        return new long[0];
      }
      starts[i] =
          code == 0 ? pointer(image, slots, place) : code + (image.half(place) & 0xffff_ffffL);
      boolean inCode = image.elf().isExecutable(i < count ? starts[i] : starts[i] - 1);
      if (!inCode || (i > 0 && starts[i] <= starts[i - 1])) {
        return new long[0];
      }
    }
    return starts;
  }

  /** Adds the first address of each function and the first behind it. */
  void ranges(LongList into) {
    for (int i = 0; i + 1 < starts.length; i++) {
      into.add(starts[i]);
      into.add(starts[i + 1]);
    }
  }

  /** The address of the code, from which other tables count. */
  long code() {
    return code;
  }

  /** Whether an address lies between the first function and the last. */
  boolean contains(long address) {
    return address >= starts[0] && address < starts[starts.length - 1];
  }

  /** The name of the function at an address; empty if none begins there. */
  String name(long address) {
    int index = java.util.Arrays.binarySearch(starts, address);
    if (index < 0 || index + 1 == starts.length) {
      return "";
    }
    long offset =
        old
            ? image.word(functions + 16L * index + 8)
            : image.half(functions + 8L * index + 4) & 0xffff_ffffL;
    long description = functions + offset;
    return image.text(names + image.half(description + (old ? 8 : 4)), 1024);
  }
}

package dev.hardwire.derive.module;

/** What compilers of C++ make for classes (Itanium C++ ABI, 2.5.2 and 2.9.5). */
final class CppTables {
  /** Objects that are parts of others lie at most so far in these, in bytes. */
  private static final long FARTHEST = 1 << 20;

  /** How the names of the vtables of type_info objects begin. */
  private static final String TYPES = "_ZTVN10__cxxabiv1";

  private final Image image;
  private final Slots slots;
  private final Functions functions;
  private final Symbols symbols;

  CppTables(Image image, Slots slots, Functions functions, Symbols symbols) {
    this.image = image;
    this.slots = slots;
    this.functions = functions;
    this.symbols = symbols;
  }

  /**
   * Whether it looks as if a type_info object starts at an address, or the functions of a vtable:
   * behind the distance to the whole object, which is 0 or negative, and the address of a type_info
   * object, which is 0 if there is none.
   */
  boolean startAt(long address) {
    return isType(address) || isVtable(address);
  }

  private boolean isType(long address) {
    int slot = slots.at(address);
    return slot >= 0
        && slots.content(slot) == Slots.Content.SYMBOL
        && symbols.name((int) slots.value(slot)).startsWith(TYPES);
  }

  private boolean isVtable(long address) {
    long type = address - Long.BYTES;
    long distance = type - Long.BYTES;
    return isFunction(slots.at(address))
        && slots.at(distance) < 0
        && image.word(distance) <= 0
        && image.word(distance) > -FARTHEST
        && !isFunction(slots.at(type))
        && (slots.at(type) >= 0 || image.word(type) == 0);
  }

  private boolean isFunction(int slot) {
    if (slot < 0) {
      return false;
    }
    long value = slots.value(slot);
    return switch (slots.content(slot)) {
      case ADDRESS, RESOLVED -> functions.at(value) >= 0;
      case SYMBOL, GOT -> symbols.isFunction((int) value);
      case COPY -> false;
    };
  }
}

package dev.hardwire.derive.module;

import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.Section;
import java.util.HashSet;
import java.util.Set;

/** Where objects of data may start. */
final class Boundaries {
  private final Image image;
  private final Symbols symbols;
  private final Slots slots;
  private final Functions functions;

  private Boundaries(Image image, Symbols symbols, Slots slots, Functions functions) {
    this.image = image;
    this.symbols = symbols;
    this.slots = slots;
    this.functions = functions;
  }

  /** The addresses, ascending. */
  static long[] find(Image image, Symbols symbols, Slots slots, Functions functions) {
    return new Boundaries(image, symbols, slots, functions).all();
  }

  private long[] all() {
    LongList found = new LongList();
    for (long reference : functions.references()) {
      if (Reference.kind(reference) == Reference.DATA) {
        found.add(Reference.address(reference));
      }
    }
    for (int i = 0; i < slots.count(); i++) {
      if (slots.content(i) == Slots.Content.ADDRESS) {
        found.add(slots.value(i));
      }
    }
    handles().forEach(handle -> found.add(handle + Long.BYTES));
    starts(found);
    return found.sorted();
  }

  /** The addresses of sections, of segments and of symbols, where objects certainly start. */
  static long[] certain(Image image, Symbols symbols, Slots slots, Functions functions) {
    LongList found = new LongList();
    new Boundaries(image, symbols, slots, functions).starts(found);
    return found.sorted();
  }

  private void starts(LongList found) {
    for (int i = 1; i < symbols.count(); i++) {
      if (symbols.isDefined(i) && !symbols.isFunction(i) && !symbols.isThreadLocal(i)) {
        found.add(symbols.value(i));
        found.add(symbols.value(i) + symbols.size(i));
      }
    }
    for (Section section : image.elf().sections()) {
      if (section.isAllocated() && !section.isThreadSpace()) {
        found.add(section.addr());
        found.add(section.addr() + section.size());
      }
    }
    image.elf().loads().forEach(load -> found.add(load.memoryEnd()));
    for (long tag : new long[] {DynamicTag.PLTGOT, DynamicTag.INIT_ARRAY, DynamicTag.FINI_ARRAY}) {
      image.elf().dynamicValue(tag).ifPresent(found::add);
    }
  }

  /**
   * Words that have their own addresses, and that functions read which call __cxa_finalize: the
   * handle of a library (Itanium C++ ABI, 3.3.6.3), with which nothing is read.
   */
  private Set<Long> handles() {
    Set<Long> found = new HashSet<>();
    for (int f = 0; f < functions.count(); f++) {
      if (!functions.refers(f, Reference.CALL_SLOT, slot -> slots.names(slot, "__cxa_finalize"))) {
        continue;
      }
      for (long reference : functions.references(f)) {
        long address = Reference.address(reference);
        int slot = slots.at(address);
        boolean own =
            slot >= 0
                && slots.content(slot) == Slots.Content.ADDRESS
                && slots.value(slot) == address;
        if (own && Reference.kind(reference) == Reference.READ) {
          found.add(address);
        }
      }
    }
    return found;
  }
}

package dev.hardwire.derive.module;

import java.util.function.LongConsumer;

/**
 * Numbers of 32 bits in data that lead to functions: distances from the start of a table, as in
 * relative vtables, distances from their own places, and in files with fixed addresses the
 * addresses themselves. No relocation names them.
 *
 * <p>A number leads to a function if the address is exactly where one starts, or lies in code that
 * nothing describes. An object is read up to the first number that leads elsewhere in the code: it
 * is a table of jumps, or something else.
 */
public final class Distances {
  /** Where functions follow in a relative vtable, behind two distances. */
  private static final int VTABLE = 8;

  private enum From {
    TABLE,
    PLACE,
    ZERO
  }

  private final Module module;
  private final Image image;
  private final Slots slots;
  private final Functions functions;
  private final Symbols symbols;

  /** Where code is: from the first address to the last. */
  private final long first;

  private final long last;

  public Distances(Module module) {
    this.module = module;
    this.image = module.image();
    this.slots = module.slots();
    this.functions = module.functions();
    this.symbols = module.symbols();
    int count = functions.count();
    this.first = count == 0 ? 0 : functions.start(0);
    this.last = count == 0 ? -1 : functions.end(count - 1) - 1;
  }

  /**
   * Finds the functions that an object leads to.
   *
   * @param start from which distances may be
   * @param behind the first address behind the object
   */
  void each(long start, long behind, LongConsumer found) {
    int offset = image.offset(start);
    if (offset < 0 || image.elf().isExecutable(start)) {
      return;
    }
    int count = (int) (Math.min(behind - start, image.rest(start)) / Integer.BYTES);
    each(From.TABLE, start, offset, count, found);
    each(From.PLACE, start, offset, count, found);
    if (image.isFixed()) {
      each(From.ZERO, start, offset, count, found);
    }
  }

  /** The same for a symbol, which may be a vtable. */
  public void symbol(long start, long behind, LongConsumer found) {
    each(start, behind, found);
    each(start + VTABLE, behind, found);
  }

  /** Finds the functions that any object of the file leads to. */
  public void all(LongConsumer found) {
    for (long reference : functions.references()) {
      if (Reference.kind(reference) == Reference.DATA) {
        object(Reference.address(reference), found);
      }
    }
    for (int slot = 0; slot < slots.count(); slot++) {
      if (slots.content(slot) == Slots.Content.ADDRESS) {
        object(slots.value(slot), found);
      }
    }
    for (int i = 1; i < symbols.count(); i++) {
      if (symbols.isDefined(i) && !symbols.isFunction(i) && !symbols.isThreadLocal(i)) {
        symbol(symbols.value(i), symbols.value(i) + symbols.size(i), found);
      }
    }
  }

  private void object(long start, LongConsumer found) {
    each(start, module.objectEnd(start), found);
  }

  private void each(From from, long start, int offset, int count, LongConsumer found) {
    long mask = from == From.ZERO ? 0xffff_ffffL : -1;
    long step = from == From.PLACE ? Integer.BYTES : 0;
    long origin = from == From.ZERO ? 0 : start;
    for (int i = 0; i < count; i++, origin += step) {
      int number = image.i32(offset + i * Integer.BYTES);
      long target = origin + (number & mask);
      if (target < first || target > last || number == 0) {
        continue;
      }
      long place = start + (long) i * Integer.BYTES;
      if (isPartOfPointer(place)) {
        continue;
      }
      int function = functions.at(target);
      boolean leads =
          function >= 0
              && (functions.start(function) == target || functions.is(function, Functions.IN_GAP));
      if (!leads || image.isUnwindData(place) || symbols.isPartOfTable(place)) {
        return;
      }
      boolean listed = module.isGo() && module.isGoCode(target); // by tables of its own
      if (!listed) {
        found.accept(target);
      }
    }
  }

  private boolean isPartOfPointer(long place) {
    int slot = slots.from(place - Long.BYTES + 1);
    return slot < slots.count() && slots.address(slot) < place + Integer.BYTES;
  }
}

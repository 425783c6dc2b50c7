package dev.hardwire.derive.trace;

import dev.hardwire.derive.flow.Word;
import dev.hardwire.derive.link.Linked;
import dev.hardwire.derive.link.Linked.Definition;
import dev.hardwire.derive.module.Image;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.Slots;
import dev.hardwire.derive.module.Symbols;
import java.util.Optional;

/** Words of files that have the same values as long as the program runs. */
public final class ConstantWords {
  private final Linked linked;

  public ConstantWords(Linked linked) {
    this.linked = linked;
  }

  /** An address of a file, which is a number if that is loaded at fixed addresses. */
  Word address(int file, long address) {
    return linked.module(file).image().isFixed()
        ? Word.number(address)
        : Word.address(file, address);
  }

  /** The same word, or the address that a number is in a program with fixed addresses. */
  public Word located(Word word) {
    Image program = linked.module(0).image();
    boolean address =
        word.is(Word.Kind.NUMBER) && program.isFixed() && program.isMapped(word.number());
    return address ? Word.address(0, word.number()) : word;
  }

  /** The word at a place; unknown if it may change, or is not known before the program starts. */
  Word word(Word at, int size) {
    Word place = located(at);
    if (!place.is(Word.Kind.ADDRESS) || (size != Integer.BYTES && size != Long.BYTES)) {
      return Word.UNKNOWN;
    }
    Module module = linked.module(place.file());
    long address = place.number();
    Slots slots = module.slots();
    int slot = slots.from(address - Long.BYTES + 1);
    boolean relocated = slot < slots.count() && slots.address(slot) < address + size;
    if (relocated) {
      boolean whole = slots.address(slot) == address && size == Long.BYTES;
      return whole ? held(place.file(), slot) : Word.UNKNOWN;
    }
    if (!module.image().isConstantAfterStart(address, size)
        || !module.image().hasBytes(address, size)) {
      return Word.UNKNOWN;
    }
    return Word.number(
        size == Long.BYTES
            ? module.image().word(address)
            : module.image().half(address) & 0xffff_ffffL);
  }

  /** What the dynamic linker stores in a slot before the program starts. */
  private Word held(int file, int slot) {
    Slots slots = linked.module(file).slots();
    boolean constant =
        linked.module(file).image().isConstantAfterStart(slots.address(slot), Long.BYTES);
    if (slots.content(slot) == Slots.Content.ADDRESS && constant) {
      boolean own = isOwn(file, slots.value(slot));
      return own ? address(file, slots.value(slot)) : Word.UNKNOWN;
    }
    if (slots.content(slot) == Slots.Content.GOT) {
      Optional<Definition> found = linked.resolve(file, (int) slots.value(slot));
      return found.map(this::defined).orElse(Word.UNKNOWN);
    }
    return Word.UNKNOWN;
  }

  /** Whether no other file defines the object that an address of a file leads into. */
  private boolean isOwn(int file, long address) {
    Symbols symbols = linked.module(file).symbols();
    for (int symbol = 1; symbol < symbols.count(); symbol++) {
      long distance = address - symbols.value(symbol);
      boolean inside = distance >= 0 && distance < Math.max(symbols.size(symbol), 1);
      if (inside
          && symbols.isDefined(symbol)
          && linked.resolve(file, symbol).filter(found -> found.module() == file).isEmpty()) {
        return false;
      }
    }
    return true;
  }

  private Word defined(Definition found) {
    Symbols symbols = linked.module(found.module()).symbols();
    return symbols.isResolver(found.symbol()) || symbols.isThreadLocal(found.symbol())
        ? Word.UNKNOWN
        : address(found.module(), symbols.value(found.symbol()));
  }
}

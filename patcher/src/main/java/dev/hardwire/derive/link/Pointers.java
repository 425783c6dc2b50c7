package dev.hardwire.derive.link;

import dev.hardwire.derive.link.Linked.Definition;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.Reference;
import dev.hardwire.derive.module.Slots;
import dev.hardwire.derive.module.Symbols;
import dev.hardwire.derive.module.Targets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;

/** Follows the pointers in data that reached code refers to. */
final class Pointers {
  /** So far behind, in bytes, may be the first element of an array: 512 words. */
  private static final int FARTHEST = 4096;

  private static final int DEEPEST = 200;

  private final Linked linked;
  private final ReachableCode reach;
  private final LocalUse use;
  private final BitSet[] objectsSeen;
  private final BitSet[] slotsSeen;

  /** How many objects that lead to each other are looked at. */
  private int depth;

  /** What is done when these are finished: a list may have a million objects. */
  private final ArrayDeque<Runnable> later = new ArrayDeque<>();

  Pointers(ReachableCode reach, LocalUse use) {
    this.reach = reach;
    this.linked = reach.linked();
    this.use = use;
    this.objectsSeen = new BitSet[linked.modules().size()];
    this.slotsSeen = new BitSet[objectsSeen.length];
    Arrays.setAll(objectsSeen, i -> new BitSet());
    Arrays.setAll(slotsSeen, i -> new BitSet());
  }

  /** Whether the content of a slot was taken. */
  boolean sees(int module, int slot) {
    return slotsSeen[module].get(slot);
  }

  /**
   * A function reads words at an address.
   *
   * @param first the first slot of which it reads something; -1 if there is none
   * @param kind how much it reads
   * @param runs whether it runs after the hook
   */
  void read(int module, long address, int first, Reference kind, int id, boolean runs) {
    Slots slots = linked.module(module).slots();
    long end = address + kind.bytes();
    for (int slot = first; slot >= 0 && slot < slots.count() && slots.address(slot) < end; slot++) {
      int function = linked.held(module, slot);
      if (function >= 0 && reach.isNotFound(id, function)) {
        continue;
      }
      if (!isTakenObject(module, slot) && use.isOnlyRead(id, slots.address(slot))) {
        fields(module, slot, id, runs);
      } else {
        content(module, slot, id);
      }
    }
    if (slots.hasCopies()) {
      copied(module, address, id);
    }
  }

  /**
   * A function reads an element of an array that may start behind an address. If there is a pointer
   * at the address, it starts there.
   */
  void element(int module, long address, int id) {
    Module file = linked.module(module);
    Slots slots = file.slots();
    for (int slot = slots.from(address);
        slots.at(address) < 0 && slot < slots.count() && slots.address(slot) < address + FARTHEST;
        slot++) {
      if (slots.content(slot) == Slots.Content.ADDRESS
          && file.functions().at(slots.value(slot)) >= 0) {
        content(module, slot, id);
      }
    }
  }

  /** Something that is not code of the file uses the address that a slot has; -1 for none. */
  void word(int module, int slot, int id) {
    if (slot >= 0) {
      content(module, slot, id);
    }
  }

  /** Whether all words of the object that a slot leads to have been taken before. */
  private boolean isTakenObject(int module, int slot) {
    if (!slotsSeen[module].get(slot)) {
      return false;
    }
    Slots slots = linked.module(module).slots();
    Slots.Content content = slots.content(slot);
    return (content == Slots.Content.SYMBOL || content == Slots.Content.GOT)
        && linked
            .resolve(module, (int) slots.value(slot))
            .filter(d -> !linked.module(d.module()).symbols().isFunction(d.symbol()))
            .isPresent();
  }

  /** Reads inside an object that was copied from a library. */
  private void copied(int module, long address, int id) {
    Slots slots = linked.module(module).slots();
    int slot = slots.from(address + 1) - 1;
    if (slot >= 0 && slots.content(slot) == Slots.Content.COPY) {
      long size = linked.module(module).symbols().size((int) slots.value(slot));
      if (address < slots.address(slot) + size) {
        content(module, slot, id);
      }
    }
  }

  /** A function calls what a slot holds, or reads some words of the object there. */
  private void fields(int module, int slot, int id, boolean runs) {
    Slots slots = linked.module(module).slots();
    if (slots.content(slot) == Slots.Content.ADDRESS) {
      if (runs && use.isCalledHere(id, true, slots.address(slot))) {
        reach.through(module, slot, id, EdgeKind.CALL);
      }
      return;
    }
    Definition found = linked.resolve(module, (int) slots.value(slot)).orElse(null);
    if (found == null) {
      return;
    }
    Symbols symbols = linked.module(found.module()).symbols();
    if (symbols.isFunction(found.symbol())) {
      if (runs && use.isCalledHere(id, true, slots.address(slot))) {
        reach.through(module, slot, id, EdgeKind.CALL);
      }
      return;
    }
    for (long offset : use.fieldsRead(id, slots.address(slot))) {
      long place = symbols.value(found.symbol()) + offset;
      slots(found.module(), place, place + ReachableCode.WORD, id);
    }
  }

  private void content(int module, int slot, int id) {
    if (slotsSeen[module].get(slot)) {
      return;
    }
    slotsSeen[module].set(slot);
    Slots slots = linked.module(module).slots();
    long value = slots.value(slot);
    switch (slots.content(slot)) {
      case ADDRESS -> {
        Targets targets = linked.module(module).targets();
        int function = targets.held(slot);
        if (function >= 0) {
          reach.take(linked.id(module, function), id, EdgeKind.DATA);
        }
        if (function < 0 || linked.module(module).image().isFixed()) {
          object(module, targets.leadsTo(slot), id);
        }
      }
      case RESOLVED -> reach.enter(linked.at(module, value), id, EdgeKind.RESOLVER);
      case COPY -> linked.original(module, (int) value).ifPresent(found -> definition(found, id));
      case SYMBOL, GOT -> linked.resolve(module, (int) value).ifPresent(d -> definition(d, id));
    }
  }

  private void definition(Definition found, int id) {
    Symbols symbols = linked.module(found.module()).symbols();
    long value = symbols.value(found.symbol());
    if (symbols.isThreadLocal(found.symbol())) {
      return;
    }
    if (symbols.isFunction(found.symbol())) {
      boolean resolver = symbols.isResolver(found.symbol());
      reach.take(linked.function(found), id, resolver ? EdgeKind.RESOLVER : EdgeKind.DATA);
    } else {
      long behind = value + Math.max(1, symbols.size(found.symbol()));
      slots(found.module(), value, behind, id);
      int module = found.module();
      linked
          .module(module)
          .targets()
          .distances()
          .symbol(
              value, behind, target -> reach.take(linked.at(module, target), id, EdgeKind.DATA));
    }
  }

  /** The pointers of an object of a file, by its index, and of those that they lead to. */
  void object(int module, int object, int id) {
    if (objectsSeen[module].get(object)) {
      return;
    }
    objectsSeen[module].set(object);
    if (depth == DEEPEST) {
      later.add(() -> pointers(module, object, id));
      return;
    }
    depth++;
    pointers(module, object, id);
    while (depth == 1 && !later.isEmpty()) {
      later.remove().run();
    }
    depth--;
  }

  private void pointers(int module, int object, int id) {
    Module file = linked.module(module);
    Targets targets = file.targets();
    int behind = targets.behindSlot(object);
    BitSet seen = slotsSeen[module]; // many objects may start inside one
    for (int slot = seen.nextClearBit(targets.firstSlot(object));
        slot < behind;
        slot = seen.nextClearBit(slot + 1)) {
      if (file.slots().content(slot) != Slots.Content.GOT) {
        content(module, slot, id);
      }
    }
    for (long target : targets.distant(object)) {
      reach.take(linked.at(module, target), id, EdgeKind.DATA);
    }
    if (file.slots().hasCopies()) {
      copied(module, targets.address(object), id);
    }
  }

  /** All pointers in the data of a file, except for those of the global offset table. */
  void everything(int module, int id) {
    Slots slots = linked.module(module).slots();
    for (int slot = 0; slot < slots.count(); slot++) {
      if (!slots.isEntry(slot)) {
        content(module, slot, id);
      }
    }
  }

  /** All pointers in a range of addresses, except for those of the global offset table. */
  void slots(int module, long from, long to, int id) {
    Slots slots = linked.module(module).slots();
    for (int slot = slots.from(from - ReachableCode.WORD + 1);
        slot < slots.count() && slots.address(slot) < to;
        slot++) {
      if (slots.content(slot) != Slots.Content.GOT) {
        content(module, slot, id);
      }
    }
  }
}

package dev.hardwire.derive.module;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * What the references and slots of a file lead to. It is found once for all programs that need the
 * file.
 */
public final class Targets {
  private static final int WORD = 8;
  private static final int NOT_KNOWN = -1;
  private static final long[] NONE = {};

  private final Module module;
  private final Slots slots;
  private final Functions functions;
  private final Distances distances;

  /** By reference. */
  private final int[] targets;

  /** By slot with an address, the function and the object there; -1 for none. */
  private final int[] held;

  private final int[] leadsTo;

  /** The addresses of objects, ascending. */
  private final long[] objects;

  private final AddressIndex byAddress;

  /** By object, the first slot of it and the first one behind it; filled when that is asked for. */
  private final int[] firstSlots;

  private final int[] behindSlots;

  /** Objects of which it is known which functions distances in them lead to. */
  private final BitSet measured = new BitSet();

  /** By object, these functions, where there are any. */
  private final Map<Integer, long[]> distant = new HashMap<>();

  Targets(Module module) {
    this.module = module;
    this.slots = module.slots();
    this.functions = module.functions();
    this.distances = new Distances(module);
    this.objects = findObjects();
    this.byAddress = new AddressIndex(objects);
    this.firstSlots = new int[objects.length];
    this.behindSlots = new int[objects.length];
    Arrays.fill(firstSlots, NOT_KNOWN);
    this.targets = findTargets();
    this.held = new int[slots.count()];
    this.leadsTo = new int[slots.count()];
    for (int slot = 0; slot < held.length; slot++) {
      boolean address = slots.content(slot) == Slots.Content.ADDRESS;
      held[slot] = address && !isGoName(slot) ? functions.at(slots.value(slot)) : -1;
      leadsTo[slot] = address ? object(slots.value(slot)) : -1;
    }
  }

  /**
   * Whether a slot has the name of a type (Go, abi.Type), as a distance that looks like an address
   * inside a function if the file has many names.
   */
  private boolean isGoName(int slot) {
    int function = functions.at(slots.value(slot));
    return function >= 0
        && functions.start(function) != slots.value(slot)
        && module.isGo()
        && module.isGoCode(slots.value(slot))
        && GoCode.isTypeName(module.image(), slots.address(slot));
  }

  private long[] findObjects() {
    LongList found = new LongList();
    for (long reference : functions.references()) {
      Reference kind = Reference.kind(reference);
      if (kind == Reference.DATA || kind == Reference.BEFORE) {
        found.add(Reference.address(reference));
      }
    }
    for (int slot = 0; slot < slots.count(); slot++) {
      if (slots.content(slot) == Slots.Content.ADDRESS && mayBeObject(slots.value(slot))) {
        found.add(slots.value(slot));
      }
    }
    Symbols symbols = module.symbols();
    for (int i = 1; i < symbols.count(); i++) {
      if (symbols.isDefined(i) && !symbols.isFunction(i)) {
        found.add(symbols.value(i));
      }
    }
    return found.sorted();
  }

  /** In files with fixed addresses, addresses of code are numbers that may lead to data. */
  private boolean mayBeObject(long address) {
    return module.image().isFixed() || functions.at(address) < 0;
  }

  private int[] findTargets() {
    long[] references = functions.references();
    int[] found = new int[references.length];
    for (int f = 0; f < functions.count(); f++) {
      for (int i = functions.firstReference(f); i < functions.firstReference(f + 1); i++) {
        long address = Reference.address(references[i]);
        found[i] =
            switch (Reference.kind(references[i])) {
              case CALL, JUMP, TAKE, HANDLER, FALL_AFTER -> functions.at(address);
              case FALL -> functions.at(functions.end(f));
              case CALL_SLOT, JUMP_SLOT, FALL_AFTER_SLOT, HANDLER_SLOT -> slots.at(address);
              case READ, READ_WIDE -> firstSlot(address, Reference.kind(references[i]).bytes());
              case DATA, BEFORE -> object(address);
              case READ_ELEMENT -> -1;
            };
      }
    }
    return found;
  }

  /** The first slot of which some bytes are in a range; -1 if there is none. */
  private int firstSlot(long address, int size) {
    int slot = slots.from(address - WORD + 1);
    return slot < slots.count() && slots.address(slot) < address + size ? slot : -1;
  }

  /**
   * What a reference leads to, by its index among all: a function; a slot, for those that name
   * slots; the first slot of which something is read; or an object of data. -1 if there is none.
   */
  public int of(int reference) {
    return targets[reference];
  }

  /** The function at the address that a slot has; -1 for none, or if it has something else. */
  public int held(int slot) {
    return held[slot];
  }

  /** The object at the address that a slot has; -1 for none, or if it has something else. */
  public int leadsTo(int slot) {
    return leadsTo[slot];
  }

  /** The number of objects. */
  public int objects() {
    return objects.length;
  }

  /** The object at an address that a reference, a slot or a symbol has; -1 if there is none. */
  public int object(long address) {
    return byAddress.at(address);
  }

  public long address(int object) {
    return objects[object];
  }

  /** The first slot of an object, or the first one behind it. */
  public int firstSlot(int object) {
    if (firstSlots[object] == NOT_KNOWN) {
      long start = module.objectStart(objects[object]);
      behindSlots[object] = slots.from(module.objectReach(start, objects[object]));
      firstSlots[object] = slots.from(start - WORD + 1);
    }
    return firstSlots[object];
  }

  /** The first slot behind an object. */
  public int behindSlot(int object) {
    firstSlot(object);
    return behindSlots[object];
  }

  /** The addresses of the functions that distances in an object lead to. */
  public long[] distant(int object) {
    if (!measured.get(object)) {
      measured.set(object);
      LongList found = new LongList();
      distances.each(objects[object], module.objectEnd(objects[object]), found::add);
      if (found.size() > 0) {
        distant.put(object, found.toArray());
      }
    }
    return distant.getOrDefault(object, NONE);
  }

  /** The distances in the data of the file. */
  public Distances distances() {
    return distances;
  }
}

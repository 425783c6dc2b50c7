package dev.hardwire.derive.rules;

import dev.hardwire.derive.link.Linked;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Reference;
import dev.hardwire.derive.module.Slots;
import dev.hardwire.derive.module.Symbols;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which functions of a file use some that it gets from other files, by their names. */
final class Imports {
  private final Linked linked;
  private final int module;
  private final Map<String, BitSet> users = new HashMap<>();
  private final BitSet bound = new BitSet();
  private final Map<Long, String> bySlot = new HashMap<>();

  /**
   * Finds those that call what has one of the names, or read its address.
   *
   * @param module the index of the file
   */
  Imports(Linked linked, int module, Set<String> names) {
    this.linked = linked;
    this.module = module;
    Map<Integer, String> symbols = symbols(names);
    Slots slots = linked.module(module).slots();
    for (int slot = 0; slot < slots.count() && !symbols.isEmpty(); slot++) {
      Slots.Content content = slots.content(slot);
      boolean named = content == Slots.Content.GOT || content == Slots.Content.SYMBOL;
      String name = named ? symbols.get((int) slots.value(slot)) : null;
      if (name != null) {
        bySlot.put(slots.address(slot), name);
      }
    }
    if (!bySlot.isEmpty()) {
      users();
    }
  }

  private Map<Integer, String> symbols(Set<String> names) {
    Map<Integer, String> found = new HashMap<>();
    Symbols symbols = linked.module(module).symbols();
    for (String name : names) {
      for (int[] all : List.of(symbols.imports(name), symbols.all(name))) {
        for (int symbol : all) {
          found.put(symbol, name);
          linked
              .resolve(module, symbol)
              .map(linked::function)
              .filter(f -> f >= 0)
              .ifPresent(bound::set);
        }
      }
    }
    return found;
  }

  private void users() {
    long[] addresses = bySlot.keySet().stream().mapToLong(Long::longValue).sorted().toArray();
    Functions functions = linked.module(module).functions();
    for (int f = 0; f < functions.count(); f++) {
      for (long reference : functions.references(f)) {
        Reference kind = Reference.kind(reference);
        boolean slot =
            kind == Reference.CALL_SLOT || kind == Reference.JUMP_SLOT || kind == Reference.READ;
        if (slot && Arrays.binarySearch(addresses, Reference.address(reference)) >= 0) {
          users
              .computeIfAbsent(bySlot.get(Reference.address(reference)), key -> new BitSet())
              .set(linked.id(module, f));
        }
      }
    }
  }

  /** The functions of the file that use one of other files. */
  BitSet users(String name) {
    return (BitSet) users.getOrDefault(name, new BitSet()).clone();
  }

  boolean isSlot(long address, String name) {
    return name.equals(bySlot.get(address));
  }

  /** The functions that the names are bound to. */
  BitSet bound() {
    return bound;
  }
}

package dev.hardwire.derive.link;

import dev.hardwire.derive.link.Linked.Definition;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.LongList;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.Reference;
import dev.hardwire.derive.module.Slots;
import dev.hardwire.derive.module.Symbols;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The functions that can run. What is called runs; what has its address taken by code that runs, or
 * by data that such code refers to, may be called by anything, and so runs as well.
 */
final class Reach {
  /** How a function was reached. */
  enum Via {
    ROOT,
    CALL,
    JUMP,
    FALL,
    TAKEN,
    DATA,
    RESOLVER,
    LOOKUP
  }

  private static final int WORD = 8;
  private static final int WIDEST = 64;

  private final Linked linked;
  private final Returning returning;
  private final Cuts cuts;
  private final boolean allData;
  private final BitSet reached = new BitSet();
  private final BitSet taken = new BitSet();
  private final int[] parents;
  private final Via[] ways;
  private final ArrayDeque<Integer> queue = new ArrayDeque<>();
  private final Map<Integer, LongList> callers = new HashMap<>();
  private final Set<Long> objects = new HashSet<>();
  private final BitSet[] slotsSeen;
  private final BitSet touched = new BitSet();

  Reach(Linked linked, Returning returning, Cuts cuts, boolean allData) {
    this.linked = linked;
    this.returning = returning;
    this.cuts = cuts;
    this.allData = allData;
    this.parents = new int[linked.count()];
    this.ways = new Via[linked.count()];
    this.slotsSeen = new BitSet[linked.modules().size()];
    Arrays.setAll(slotsSeen, i -> new BitSet());
  }

  Linked linked() {
    return linked;
  }

  boolean contains(int id) {
    return reached.get(id);
  }

  /** The functions that were reached, ascending. */
  int[] functions() {
    return reached.stream().toArray();
  }

  /** Whether anything may hold a function's address. */
  boolean isTaken(int id) {
    return taken.get(id);
  }

  /** The functions that call a function or jump to it. */
  int[] callers(int id) {
    LongList list = callers.get(id);
    return list == null
        ? new int[0]
        : Arrays.stream(list.sorted()).mapToInt(Math::toIntExact).toArray();
  }

  Via way(int id) {
    return ways[id];
  }

  /** A slot whose content was taken. */
  boolean sees(int module, int slot) {
    return slotsSeen[module].get(slot);
  }

  /** A function that something outside calls. */
  void root(int id) {
    enter(id, -1, Via.ROOT);
  }

  /** A function that something outside may call whenever it likes. */
  void take(int id, int from, Via via) {
    if (id >= 0) {
      taken.set(id);
      enter(id, from, via);
    }
  }

  private void enter(int id, int from, Via via) {
    if (id < 0 || cuts.leavesOut(id)) {
      return;
    }
    if (from >= 0 && (via == Via.CALL || via == Via.JUMP || via == Via.FALL)) {
      if (cuts.cut(from, id)) {
        return;
      }
      callers.computeIfAbsent(id, key -> new LongList()).add(from);
    }
    if (!reached.get(id)) {
      parents[id] = from >= 0 && !reached.get(from) ? -2 - from : from;
      reached.set(id);
      ways[id] = via;
      queue.add(id);
    }
  }

  /** Follows everything that was entered. */
  void run() {
    while (!queue.isEmpty()) {
      int id = queue.remove();
      references(id, true);
      int module = linked.moduleOf(id);
      if (!touched.get(module)) {
        touched.set(module);
        loaded(module, id);
      }
    }
  }

  /** What counts as referred to once any code of a file runs. */
  private void loaded(int module, int id) {
    Module file = linked.module(module);
    file.image()
        .elf()
        .segment(7) // PT_TLS: reached through the thread pointer
        .ifPresent(tls -> slots(module, tls.vaddr(), tls.memoryEnd(), id));
    if (allData) {
      slots(module, Long.MIN_VALUE, Long.MAX_VALUE, id);
    }
  }

  /** Only the addresses that a function takes, which something else may use later. */
  void takenBy(int id) {
    references(id, false);
  }

  /** The function that took the address of another before the hook; -1 for none. */
  int takenBefore(int id) {
    return parents[id] < -1 ? -2 - parents[id] : -1;
  }

  private void references(int id, boolean runs) {
    int module = linked.moduleOf(id);
    int function = linked.functionOf(id);
    Functions functions = linked.module(module).functions();
    for (int target : functions.tableTargets(function)) {
      if (runs && cuts.isPart(linked.id(module, target))) {
        enter(linked.id(module, target), id, Via.JUMP);
      }
    }
    for (int at = functions.firstReference(function);
        at < functions.firstReference(function + 1);
        at++) {
      long address = Reference.address(functions.reference(at));
      Reference kind = Reference.kind(functions.reference(at));
      switch (kind) {
        case TAKE -> {
          if (runs || !cuts.isOnlyCalled(id, address)) {
            take(linked.at(module, address), id, Via.TAKEN);
          }
        }
        case READ -> read(module, address, WORD, id, runs);
        case READ_WIDE -> read(module, address, WIDEST, id, runs);
        case DATA -> object(module, address, id);
        default -> {
          if (runs) {
            flow(id, module, kind, address);
          }
        }
      }
    }
  }

  private void flow(int id, int module, Reference kind, long address) {
    long end = linked.module(module).functions().end(linked.functionOf(id));
    switch (kind) {
      case CALL -> enter(linked.at(module, address), id, Via.CALL);
      case JUMP -> enter(linked.at(module, address), id, Via.JUMP);
      case CALL_SLOT -> through(module, address, id, Via.CALL);
      case JUMP_SLOT -> through(module, address, id, Via.JUMP);
      case FALL -> enter(linked.at(module, end), id, Via.FALL);
      case FALL_AFTER -> {
        if (returning.returns(linked.at(module, address))) {
          enter(linked.at(module, end), id, Via.FALL);
        }
      }
      case FALL_AFTER_SLOT -> {
        if (returning.returns(linked.called(module, address))) {
          enter(linked.at(module, end), id, Via.FALL);
        }
      }
      default -> throw new IllegalStateException(kind.toString());
    }
  }

  private void through(int module, long address, int id, Via via) {
    Slots slots = linked.module(module).slots();
    int slot = slots.from(address);
    if (slot >= slots.count() || slots.address(slot) != address) {
      return; // a variable: what is stored there has been taken
    }
    Slots.Content content = slots.content(slot);
    if (content == Slots.Content.RESOLVED) {
      enter(linked.at(module, slots.value(slot)), id, Via.RESOLVER);
      return;
    }
    if (content == Slots.Content.GOT || content == Slots.Content.SYMBOL) {
      Definition found = linked.resolve(module, (int) slots.value(slot)).orElse(null);
      if (found != null && linked.module(found.module()).symbols().isResolver(found.symbol())) {
        enter(linked.function(found), id, Via.RESOLVER);
        return;
      }
    }
    enter(linked.called(module, address), id, via);
  }

  private void read(int module, long address, int size, int id, boolean runs) {
    Slots slots = linked.module(module).slots();
    for (int slot = slots.from(address - WORD + 1);
        slot < slots.count() && slots.address(slot) < address + size;
        slot++) {
      if (!runs || !cuts.isOnlyRead(id, slots.address(slot))) {
        content(module, slot, id);
      } else {
        fields(module, slot, id);
      }
    }
    copied(module, address, id);
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
  private void fields(int module, int slot, int id) {
    Slots slots = linked.module(module).slots();
    Definition found = linked.resolve(module, (int) slots.value(slot)).orElse(null);
    if (found == null) {
      return;
    }
    Symbols symbols = linked.module(found.module()).symbols();
    if (symbols.isFunction(found.symbol())) {
      through(module, slots.address(slot), id, Via.CALL);
      return;
    }
    for (long offset : cuts.fieldsRead(id, slots.address(slot))) {
      read(found.module(), symbols.value(found.symbol()) + offset, WORD, id, false);
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
        int function = linked.at(module, value);
        if (function >= 0) {
          take(function, id, Via.DATA);
        }
        if (function < 0 || linked.module(module).image().isFixed()) {
          object(module, value, id);
        }
      }
      case RESOLVED -> enter(linked.at(module, value), id, Via.RESOLVER);
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
      take(linked.function(found), id, resolver ? Via.RESOLVER : Via.DATA);
    } else {
      slots(found.module(), value, value + Math.max(1, symbols.size(found.symbol())), id);
    }
  }

  /** The pointers of an object that begins at an address. */
  private void object(int module, long address, int id) {
    Module file = linked.module(module);
    if (objects.add((long) module << 48 | address)) {
      slots(module, address, file.objectEnd(address), id);
      copied(module, address, id);
    }
  }

  private void slots(int module, long from, long to, int id) {
    Slots slots = linked.module(module).slots();
    int first = from == Long.MIN_VALUE ? 0 : slots.from(from - WORD + 1);
    for (int slot = first; slot < slots.count() && slots.address(slot) < to; slot++) {
      if (slots.content(slot) != Slots.Content.GOT) {
        content(module, slot, id);
      }
    }
  }

  /** The way from a root to a function: the functions, the root first. */
  int[] chain(int id) {
    LongList back = new LongList();
    for (int at = id; at >= 0; at = parents[at]) {
      back.add(at);
    }
    int[] chain = new int[back.size()];
    Arrays.setAll(chain, i -> (int) back.get(back.size() - 1 - i));
    return chain;
  }
}

package dev.hardwire.derive.link;

import dev.hardwire.derive.link.Linked.Definition;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.LongList;
import dev.hardwire.derive.module.Reference;
import dev.hardwire.derive.module.Slots;
import dev.hardwire.derive.module.Symbols;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;

/**
 * The functions that can run. What is called runs; what has its address taken by code that runs, or
 * by data that such code refers to, may be called by anything, and so runs as well.
 */
public final class ReachableCode {
  static final int WORD = 8;
  private static final int WIDEST = 64;

  private final Linked linked;
  private final Returning returning;
  private final Cuts cuts;
  private final boolean allData;
  private final BitSet reached = new BitSet();
  private final BitSet taken = new BitSet();
  private final BitSet resolvers = new BitSet();
  private final Origins origins;
  private final ArrayDeque<Integer> queue = new ArrayDeque<>();

  /** By function, those that call it or jump to it; null for none. */
  private final LongList[] callers;

  private final Pointers pointers;
  private final BitSet touched = new BitSet();
  private Callers calls;
  private int changes;

  public ReachableCode(Linked linked, Returning returning, Cuts cuts, boolean allData) {
    this.linked = linked;
    this.returning = returning;
    this.cuts = cuts;
    this.allData = allData;
    this.origins = new Origins(linked.count());
    this.callers = new LongList[linked.count()];
    this.pointers = new Pointers(this, cuts);
  }

  public Linked linked() {
    return linked;
  }

  public boolean contains(int id) {
    return reached.get(id);
  }

  /** The functions that were reached, ascending. */
  public int[] functions() {
    return reached.stream().toArray();
  }

  /** Whether anything may hold a function's address. */
  public boolean isTaken(int id) {
    return taken.get(id);
  }

  /** Whether the dynamic linker calls a function, to find out which other one to use. */
  boolean isResolver(int id) {
    return resolvers.get(id);
  }

  /** How often functions were reached: what is known of them holds until this changes. */
  int changes() {
    return changes;
  }

  /** Who calls what, with which values. */
  public Callers calls(Flows flows) {
    calls = calls == null ? new Callers(this, flows) : calls;
    return calls;
  }

  /** The functions that call a function or jump to it. */
  public int[] callers(int id) {
    LongList list = callers[id];
    return list == null
        ? new int[0]
        : Arrays.stream(list.sorted()).mapToInt(Math::toIntExact).toArray();
  }

  /** How functions were reached first. */
  public Origins origins() {
    return origins;
  }

  /** A slot whose content was taken. */
  public boolean sees(int module, int slot) {
    return pointers.sees(module, slot);
  }

  /** A function that something outside calls. */
  public void root(int id) {
    enter(id, -1, EdgeKind.ROOT);
  }

  /** A function that something outside may call whenever it likes. */
  public void take(int id, int from, EdgeKind via) {
    if (id >= 0) {
      taken.set(id);
      enter(id, from, via);
    }
  }

  /** A symbol that is found by its name: anything may call it, or what an object there has. */
  public void lookedUp(Definition found, int from) {
    Symbols symbols = linked.module(found.module()).symbols();
    if (symbols.isFunction(found.symbol())) {
      take(linked.function(found), from, EdgeKind.LOOKUP);
    } else if (!symbols.isThreadLocal(found.symbol())) {
      pointers.object(found.module(), symbols.value(found.symbol()), from);
    }
  }

  /** A function is reached, or once more. */
  void enter(int id, int from, EdgeKind via) {
    if (id < 0 || cuts.leavesOut(id)) {
      return;
    }
    changes++;
    if (from >= 0 && (via == EdgeKind.CALL || via == EdgeKind.JUMP || via == EdgeKind.FALL)) {
      if (cuts.cut(from, id)) {
        return;
      }
      if (callers[id] == null) {
        callers[id] = new LongList();
      }
      callers[id].add(from);
    }
    resolvers.set(id, resolvers.get(id) || via == EdgeKind.RESOLVER);
    if (!reached.get(id)) {
      origins.set(id, from, from >= 0 && !reached.get(from), via);
      reached.set(id);
      queue.add(id);
    }
  }

  /** Follows everything that was entered. */
  public void run() {
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

  /** A function may lead to more than before, if it was reached. */
  public void again(int id) {
    if (reached.get(id)) {
      references(id, true);
    }
  }

  /** What counts as referred to once any code of a file runs. */
  private void loaded(int module, int id) {
    if (allData) {
      pointers.everything(module, id);
    }
  }

  /** Variables of threads count as referred to: code reaches them through the thread pointer. */
  public void threadVariables(int module) {
    linked
        .module(module)
        .image()
        .elf()
        .segment(7) // PT_TLS
        .ifPresent(tls -> pointers.slots(module, tls.vaddr(), tls.vaddr() + tls.filesz(), -1));
  }

  /** Only the addresses that a function takes, which something else may use later. */
  public void takenBy(int id) {
    references(id, false);
  }

  private void references(int id, boolean runs) {
    int module = linked.moduleOf(id);
    int function = linked.functionOf(id);
    Functions functions = linked.module(module).functions();
    for (int target : functions.tableTargets(function)) {
      if (runs && cuts.isPart(linked.id(module, target))) {
        enter(linked.id(module, target), id, EdgeKind.JUMP);
      }
    }
    for (long reference : functions.references(function)) {
      long address = Reference.address(reference);
      Reference kind = Reference.kind(reference);
      switch (kind) {
        case TAKE -> {
          if (runs && cuts.isOnlyCalledHere(id, address)) {
            if (cuts.isCalledHere(id, false, address)) { // or only compared
              enter(linked.at(module, address), id, EdgeKind.CALL);
            }
          } else if (!cuts.isNotFound(id, linked.at(module, address))
              && (runs || !cuts.isOnlyCalled(id, address))) {
            take(linked.at(module, address), id, EdgeKind.TAKEN);
          }
        }
        case READ -> pointers.read(module, address, WORD, id, runs);
        case READ_WIDE -> pointers.read(module, address, WIDEST, id, runs);
        case DATA -> pointers.object(module, address, id);
        case READ_ELEMENT -> pointers.element(module, address, id);
        case HANDLER -> take(linked.at(module, address), id, EdgeKind.TAKEN);
        case HANDLER_SLOT -> pointers.word(module, address, id);
        default -> {
          if (runs) {
            flow(id, module, kind, address);
          }
        }
      }
    }
  }

  private void flow(int id, int module, Reference kind, long address) {
    long end = linked.end(id);
    switch (kind) {
      case CALL -> enter(linked.at(module, address), id, EdgeKind.CALL);
      case JUMP -> enter(linked.at(module, address), id, EdgeKind.JUMP);
      case CALL_SLOT -> through(module, address, id, EdgeKind.CALL);
      case JUMP_SLOT -> through(module, address, id, EdgeKind.JUMP);
      case FALL -> enter(linked.at(module, end), id, EdgeKind.FALL);
      case FALL_AFTER -> {
        if (returning.returns(linked.at(module, address))) {
          enter(linked.at(module, end), id, EdgeKind.FALL);
        }
      }
      case FALL_AFTER_SLOT -> {
        if (returning.returns(linked.called(module, address))) {
          enter(linked.at(module, end), id, EdgeKind.FALL);
        }
      }
      default -> throw new IllegalStateException(kind.toString());
    }
  }

  /** A function is called through a slot. */
  void through(int module, long address, int id, EdgeKind via) {
    Slots slots = linked.module(module).slots();
    int slot = slots.from(address);
    if (slot >= slots.count() || slots.address(slot) != address) {
      return; // a variable: what is stored there has been taken
    }
    Slots.Content content = slots.content(slot);
    if (content == Slots.Content.RESOLVED) {
      enter(linked.at(module, slots.value(slot)), id, EdgeKind.RESOLVER);
      return;
    }
    if (content == Slots.Content.GOT || content == Slots.Content.SYMBOL) {
      Definition found = linked.resolve(module, (int) slots.value(slot)).orElse(null);
      if (found != null && linked.module(found.module()).symbols().isResolver(found.symbol())) {
        enter(linked.function(found), id, EdgeKind.RESOLVER);
        return;
      }
    }
    enter(linked.called(module, address), id, via);
  }

  /** What led to each function first. */
  public static final class Origins {
    private static final int NONE = -1;

    /** The function that led there, or {@code -2 - function} if that ran only before the hook. */
    private final int[] parents;

    private final EdgeKind[] ways;

    Origins(int functions) {
      this.parents = new int[functions];
      this.ways = new EdgeKind[functions];
    }

    void set(int id, int from, boolean before, EdgeKind via) {
      parents[id] = before ? -2 - from : from;
      ways[id] = via;
    }

    public EdgeKind way(int id) {
      return ways[id];
    }

    /** The function that took the address of another before the hook; -1 for none. */
    public int takenBefore(int id) {
      return parents[id] < NONE ? -2 - parents[id] : NONE;
    }

    /** The way from a root to a function: the functions, the root first. */
    public int[] chain(int id) {
      LongList back = new LongList();
      for (int at = id; at >= 0; at = parents[at]) {
        back.add(at);
      }
      int[] chain = new int[back.size()];
      Arrays.setAll(chain, i -> (int) back.get(back.size() - 1 - i));
      return chain;
    }
  }
}

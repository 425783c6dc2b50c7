package dev.hardwire.derive.link;

import dev.hardwire.derive.link.Linked.Definition;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.LongList;
import dev.hardwire.derive.module.Reference;
import dev.hardwire.derive.module.Slots;
import dev.hardwire.derive.module.Symbols;
import dev.hardwire.derive.module.Targets;
import java.util.Arrays;
import java.util.BitSet;

/**
 * The functions that can run. What is called runs; what has its address taken by code that runs, or
 * by data that such code refers to, may be called by anything, and so runs as well.
 */
public final class ReachableCode {
  static final int WORD = 8;

  private final Linked linked;
  private final Returning returning;
  private final Cuts cuts;
  private final LocalUse use;
  private final boolean allData;
  private final BitSet reached = new BitSet();
  private final BitSet taken = new BitSet();
  private final BitSet resolvers = new BitSet();
  private final Origins origins;

  /** The functions in the order in which they were reached, and how many of them were followed. */
  private final int[] queue;

  private int entered;
  private int followed;

  private final CallerLists callers;

  /** Functions that ran before, of which only the addresses were followed that they take. */
  private final BitSet ranBefore = new BitSet();

  /** Functions in which something was left out that rules may let through later. */
  private final BitSet held = new BitSet();

  private final Pointers pointers;
  private final BitSet touched = new BitSet();
  private Callers calls;
  private int changes;

  public ReachableCode(Linked linked, Returning returning, Cuts cuts, boolean allData) {
    this.linked = linked;
    this.returning = returning;
    this.cuts = cuts;
    this.use = cuts.use();
    this.allData = allData;
    this.origins = new Origins(linked.count());
    this.queue = new int[linked.count()];
    this.callers = new CallerLists(linked.count());
    this.pointers = new Pointers(this, use);
  }

  public Linked linked() {
    return linked;
  }

  public boolean contains(int id) {
    return reached.get(id);
  }

  /** The functions that were reached, ascending. */
  public int[] functions() {
    int[] ids = new int[entered];
    int at = 0;
    for (int id = reached.nextSetBit(0); id >= 0; id = reached.nextSetBit(id + 1)) {
      ids[at++] = id;
    }
    return ids;
  }

  /** The first function from a number on that was reached; -1 for none. */
  public int next(int id) {
    return reached.nextSetBit(id);
  }

  /** How many functions were reached. */
  public int size() {
    return entered;
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
    return callers.of(id);
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
      Targets targets = linked.module(found.module()).targets();
      pointers.object(found.module(), targets.object(symbols.value(found.symbol())), from);
    }
  }

  /** A function is reached, or once more. */
  void enter(int id, int from, EdgeKind via) {
    if (id < 0 || (!reached.get(id) && cuts.leavesOut(id))) {
      return;
    }
    changes++;
    if (from >= 0 && (via == EdgeKind.CALL || via == EdgeKind.JUMP || via == EdgeKind.FALL)) {
      if (cuts.cut(from, id)) {
        held.set(from);
        return;
      }
      callers.add(id, from);
    }
    if (via == EdgeKind.RESOLVER) {
      resolvers.set(id);
    }
    if (!reached.get(id)) {
      origins.set(id, from, from >= 0 && !reached.get(from), via);
      reached.set(id);
      queue[entered++] = id;
    }
  }

  /** Whether a function takes the address of another one for a table where nothing finds it. */
  boolean isNotFound(int from, int id) {
    boolean dead = cuts.isNotFound(from, id);
    if (dead) {
      held.set(from);
    }
    return dead;
  }

  /** Follows everything that was entered. */
  public void run() {
    while (followed < entered) {
      int id = queue[followed++];
      references(id, true);
      int module = linked.moduleOf(id);
      if (!touched.get(module)) {
        touched.set(module);
        loaded(module, id);
      }
    }
  }

  /** Follows what rules left out and let through now. What they still leave out is held again. */
  public void again() {
    int[] functions = held.stream().toArray();
    held.clear();
    for (int id : functions) {
      if (reached.get(id)) {
        references(id, true);
      }
      if (ranBefore.get(id)) {
        references(id, false);
      }
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

  /** Only the addresses that functions take which ran before, and which something may use later. */
  public void takenBy(ReachableCode before) {
    for (int id : before.functions()) {
      if (!ranBefore.get(id)) {
        ranBefore.set(id);
        references(id, false);
      }
    }
  }

  private void references(int id, boolean runs) {
    int module = linked.moduleOf(id);
    int base = linked.id(module, 0);
    int function = id - base;
    Functions functions = linked.module(module).functions();
    Targets targets = linked.module(module).targets();
    if (runs) {
      for (int target : functions.tableTargets(function)) {
        if (use.isPart(linked.id(module, target))) {
          enter(linked.id(module, target), id, EdgeKind.JUMP);
        }
      }
    }
    long[] references = functions.references();
    boolean copies = linked.module(module).slots().hasCopies();
    int end = functions.firstReference(function + 1);
    for (int i = functions.firstReference(function); i < end; i++) {
      int target = targets.of(i);
      Reference kind = Reference.kind(references[i]);
      switch (kind) {
        case TAKE -> taken(id, id(base, target), Reference.address(references[i]), runs);
        case READ, READ_WIDE -> {
          if (target >= 0 || copies) {
            pointers.read(module, Reference.address(references[i]), target, kind, id, runs);
          }
        }
        case DATA, BEFORE -> pointers.object(module, target, id);
        case READ_ELEMENT -> pointers.element(module, Reference.address(references[i]), id);
        case HANDLER -> take(id(base, target), id, EdgeKind.TAKEN);
        case HANDLER_SLOT -> pointers.word(module, target, id);
        default -> {
          if (runs) {
            flow(id, module, kind, target);
          }
        }
      }
    }
  }

  private static int id(int base, int function) {
    return function < 0 ? -1 : base + function;
  }

  /** A function takes the address of another one. */
  private void taken(int id, int target, long address, boolean runs) {
    if (runs && use.isOnlyCalledHere(id, address)) {
      if (use.isCalledHere(id, false, address)) { // or only compared
        enter(target, id, EdgeKind.CALL);
      }
    } else if (!isNotFound(id, target) && (runs || !use.isOnlyCalled(id, address))) {
      take(target, id, EdgeKind.TAKEN);
    }
  }

  private void flow(int id, int module, Reference kind, int target) {
    int base = linked.id(module, 0);
    switch (kind) {
      case CALL -> enter(id(base, target), id, EdgeKind.CALL);
      case JUMP -> enter(id(base, target), id, EdgeKind.JUMP);
      case CALL_SLOT -> through(module, target, id, EdgeKind.CALL);
      case JUMP_SLOT -> through(module, target, id, EdgeKind.JUMP);
      case FALL -> enter(id(base, target), id, EdgeKind.FALL);
      case FALL_AFTER -> {
        if (returning.returns(id(base, target))) {
          enter(linked.at(module, linked.end(id)), id, EdgeKind.FALL);
        }
      }
      case FALL_AFTER_SLOT -> {
        if (returning.returns(target < 0 ? -1 : linked.held(module, target))) {
          enter(linked.at(module, linked.end(id)), id, EdgeKind.FALL);
        }
      }
      default -> throw new IllegalStateException(kind.toString());
    }
  }

  /** A function is called through a slot, or through a word that is none: -1. */
  void through(int module, int slot, int id, EdgeKind via) {
    Slots slots = linked.module(module).slots();
    if (slot < 0) {
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
    enter(linked.held(module, slot), id, via);
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

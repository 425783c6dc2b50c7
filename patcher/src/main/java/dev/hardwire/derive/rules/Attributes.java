package dev.hardwire.derive.rules;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;
import dev.hardwire.derive.flow.Callees;
import dev.hardwire.derive.flow.Instructions;
import dev.hardwire.derive.flow.LiveCode;
import dev.hardwire.derive.link.ArgumentSolver;
import dev.hardwire.derive.link.Flows;
import dev.hardwire.derive.link.Linked;
import dev.hardwire.derive.link.ReachableCode;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.Symbols;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What glibc does only if attributes ask for it: those of new threads (pthread_create(3)), and
 * those of new processes (posix_spawn(3)). Only some functions set them; where and how is read from
 * their code, and so is what depends on it.
 */
final class Attributes {
  private static final String THREADS =
      "thread-scheduling: threads are created with the scheduling of their creators, since"
          + " pthread_attr_setinheritsched is not reached";
  private static final String PROCESSES =
      "spawn: posix_spawn does only what reached calls of posix_spawnattr_setflags and"
          + " posix_spawn_file_actions_add... ask for";

  private static final String ACTION = "posix_spawn_file_actions_add";

  /** sched_setparam to sched_getscheduler. */
  private static final int FIRST_SCHEDULING = 142;

  private static final int LAST_SCHEDULING = 145;

  private final Linked linked;
  private final Optional<GlibcFunctions> library;
  private final Callees callees;
  private final Map<Integer, Set<Integer>> edges = new HashMap<>();
  private final Map<Integer, Set<Long>> sites = new HashMap<>();
  private final AppliedRules applied;

  private final Optional<Setters.Setter> inherit;
  private final Set<Integer> creators = new HashSet<>();
  private boolean scheduling;

  private final Optional<Setters.Setter> flags;
  private final Map<Integer, Long> actions = new HashMap<>();
  private final Set<Integer> children = new HashSet<>();
  private long possible;
  private final Set<Long> kinds = new HashSet<>();

  /**
   * Finds the functions.
   *
   * @param library empty if there is no glibc
   */
  Attributes(
      Linked linked, Optional<GlibcFunctions> library, Callees callees, AppliedRules applied) {
    this.applied = applied;
    this.linked = linked;
    this.callees = callees;
    this.library = library;
    Optional<Setters> setters = library.map(found -> new Setters(found.module()));
    this.inherit =
        setters.flatMap(
            found -> found.inherit(library.get().index("pthread_attr_setinheritsched")));
    this.flags =
        setters.flatMap(found -> found.flags(library.get().index("posix_spawnattr_setflags")));
    if (inherit.isPresent()) {
      creators(library.get());
      live();
    }
    if (flags.isPresent()) {
      children(library.get(), setters.get());
      live();
    }
  }

  /** Whether a function calls another one only if attributes ask for it that are never set. */
  boolean cut(int from, int to) {
    return applied.add(edges.getOrDefault(from, Set.of()).contains(to), PROCESSES);
  }

  /** The functions whose calls may be cut. */
  BitSet concerned() {
    BitSet found = new BitSet();
    children.forEach(found::set);
    return found;
  }

  /** Whether a system call is made only if attributes ask for it that are never set. */
  boolean isDead(int id, long address, long number) {
    boolean dead = sites.getOrDefault(id, Set.of()).contains(address);
    if (children.contains(id)) {
      return applied.add(dead, PROCESSES);
    }
    return applied.add(dead && number >= FIRST_SCHEDULING && number <= LAST_SCHEDULING, THREADS);
  }

  /** Takes back what does not hold, since more attributes are set; whether there was something. */
  boolean revise(ReachableCode reach, Flows flows) {
    boolean more = false;
    if (inherit.isPresent()
        && !scheduling
        && reach.contains(library.get().id(inherit.get().function()))) {
      scheduling = true;
      more = true;
    }
    if (flags.isPresent() && reach.contains(library.get().id(flags.get().function()))) {
      ArgumentSolver values = new ArgumentSolver(reach.calls(flows), 16);
      values.solveArgument(library.get().id(flags.get().function()), Instruction.RSI);
      long set = values.unknown().isPresent() ? -1 : possible;
      for (long value : values.values().keySet()) {
        set |= value;
      }
      more |= set != possible;
      possible = set;
    }
    for (Map.Entry<Integer, Long> action : actions.entrySet()) {
      more |= reach.contains(action.getKey()) && kinds.add(action.getValue());
    }
    if (more) {
      applied.remove(PROCESSES);
      applied.remove(THREADS);
      live();
    }
    return more;
  }

  private void live() {
    edges.clear();
    sites.clear();
    Set<Long> without = new HashSet<>(actions.values());
    without.removeAll(kinds);
    for (int id : children) {
      Setters.Setter word = flags.orElseThrow();
      leaveOut(id, new LiveCode.Word(word.offset(), word.size(), possible, true), without, true);
    }
    for (int id : scheduling ? Set.<Integer>of() : creators) {
      Setters.Setter word = inherit.orElseThrow();
      leaveOut(
          id, new LiveCode.Word(word.offset(), word.size(), ~word.bit(), false), Set.of(), false);
    }
  }

  /**
   * What of a function does not run.
   *
   * @param calls whether calls of other functions count
   */
  private void leaveOut(int id, LiveCode.Word word, Set<Long> without, boolean calls) {
    Module module = linked.file(id);
    int function = linked.functionOf(id);
    Set<Long> live = LiveCode.of(module, function, word, without, callees).orElse(null);
    if (live == null) {
      return;
    }
    DeadCode dead = DeadCode.of(linked, id, live);
    edges.put(id, calls ? dead.functions() : Set.of());
    sites.put(id, dead.sites());
  }

  /** pthread_create(3), and what only it calls. */
  private void creators(GlibcFunctions glibc) {
    int id = glibc.named("pthread_create");
    if (id < 0) {
      return;
    }
    if (glibc.isWhole(id)) {
      creators.add(id);
    }
    glibc.calls(id).stream()
        .filter(glibc::isInternal)
        .filter(callee -> callsKernel(callee) && glibc.isWhole(callee))
        .forEach(creators::add);
  }

  private boolean callsKernel(int id) {
    return linked.is(id, Functions.CALLS_KERNEL);
  }

  /** The function that runs in a new process before the program, and kinds of actions there. */
  private void children(GlibcFunctions glibc, Setters setters) {
    BitSet asked = new BitSet();
    for (String name : List.of("setsid", "setpgid", "sched_setparam")) {
      int id = glibc.named(name);
      if (id < 0) {
        return; // another libc
      }
      asked.set(id);
    }
    for (int f = 0; f < glibc.module().functions().count(); f++) {
      int id = glibc.id(f);
      if (callsKernel(id) && glibc.isInternal(id)) {
        BitSet missing = (BitSet) asked.clone();
        missing.andNot(glibc.calls(id));
        if (missing.isEmpty() && glibc.isWhole(id)) {
          children.add(id);
        }
      }
    }
    Symbols symbols = glibc.module().symbols();
    for (int symbol : symbols.functions()) {
      if (symbols.name(symbol).startsWith(ACTION)) {
        int function = glibc.module().functions().at(symbols.value(symbol));
        long kind = setters.kind(function);
        if (kind < 0) {
          actions.clear();
          return;
        }
        actions.put(glibc.id(function), kind);
      }
    }
  }

  /** Functions of glibc that set attributes, and what their code writes where. */
  private static final class Setters {
    /**
     * A function that sets something in the object that is its first argument.
     *
     * @param function its index
     * @param offset of the word that it writes, in bytes
     * @param size of the word, in bytes
     * @param bit that it sets; 0 if its second argument says which
     */
    record Setter(int function, long offset, int size, long bit) {}

    private final Module module;

    Setters(Module module) {
      this.module = module;
    }

    /** Which bit says that a thread does not inherit its scheduling. */
    Optional<Setter> inherit(int function) {
      long bit = 0;
      int stores = 0;
      long offset = 0;
      for (Instructions code = new Instructions(module, function); code.next(); ) {
        Instruction now = code.now();
        if (now.kind() == Kind.OR_IMMEDIATE) {
          bit |= now.immediate();
        } else if (now.kind() == Kind.STORE && now.base() == Instruction.RDI) {
          offset = now.displacement();
          stores += now.size() == Integer.BYTES ? 1 : 2;
        }
      }
      return stores == 1 && Long.bitCount(bit) == 1 && offset > 0
          ? Optional.of(new Setter(function, offset, Integer.BYTES, bit))
          : Optional.empty();
    }

    /** Where the flags of a new process are. */
    Optional<Setter> flags(int function) {
      int stores = 0;
      long offset = 0;
      for (Instructions code = new Instructions(module, function); code.next(); ) {
        Instruction now = code.now();
        if (now.kind() == Kind.STORE) {
          boolean fits = now.base() == Instruction.RDI && now.reg() == Instruction.RSI;
          stores += now.size() == Short.BYTES && fits ? 1 : 2;
          offset = now.displacement();
        }
      }
      return stores == 1
          ? Optional.of(new Setter(function, offset, Short.BYTES, 0))
          : Optional.empty();
    }

    /** The first word of the action that a function adds; -1 if that is not known. */
    long kind(int function) {
      List<Long> kinds = new ArrayList<>();
      for (Instructions code = new Instructions(module, function); code.next(); ) {
        Instruction now = code.now();
        if (now.kind() == Kind.STORE_IMMEDIATE
            && now.size() == Integer.BYTES
            && now.displacement() == 0
            && now.index() < 0
            && now.base() != Instruction.RSP) {
          kinds.add(now.immediate());
        }
      }
      return kinds.size() == 1 && kinds.get(0) >= 0 ? kinds.get(0) : -1;
    }
  }
}

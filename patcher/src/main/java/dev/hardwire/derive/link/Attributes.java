package dev.hardwire.derive.link;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.flow.Callees;
import dev.hardwire.derive.flow.LiveCode;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.Reference;
import dev.hardwire.derive.module.Symbols;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

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
  private final int library;
  private final Callees callees;
  private final Setters setters;
  private final Map<Integer, Set<Integer>> edges = new HashMap<>();
  private final Map<Integer, Set<Long>> sites = new HashMap<>();
  private final Set<String> applied = new TreeSet<>();

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
   * @param library the index of glibc; -1 for none
   */
  Attributes(Linked linked, int library, Callees callees) {
    this.linked = linked;
    this.callees = callees;
    this.library = library;
    this.setters = library < 0 ? null : new Setters(linked.module(library));
    this.inherit =
        library < 0 ? Optional.empty() : setters.inherit(function("pthread_attr_setinheritsched"));
    this.flags =
        library < 0 ? Optional.empty() : setters.flags(function("posix_spawnattr_setflags"));
    if (inherit.isPresent()) {
      creators();
      live();
    }
    if (flags.isPresent()) {
      children();
      live();
    }
  }

  /** Whether a function calls another one only if attributes ask for it that are never set. */
  boolean cut(int from, int to) {
    boolean dead = edges.getOrDefault(from, Set.of()).contains(to);
    if (dead) {
      applied.add(PROCESSES);
    }
    return dead;
  }

  /** Whether a system call is made only if attributes ask for it that are never set. */
  boolean isDead(int id, long address, long number) {
    if (!sites.getOrDefault(id, Set.of()).contains(address)) {
      return false;
    }
    if (children.contains(id)) {
      applied.add(PROCESSES);
      return true;
    }
    boolean asks = number >= FIRST_SCHEDULING && number <= LAST_SCHEDULING;
    if (asks) {
      applied.add(THREADS);
    }
    return asks;
  }

  /** The rules that left something out. */
  Set<String> applied() {
    return applied;
  }

  /** Takes back what does not hold, since more attributes are set; whether there was something. */
  boolean revise(Reach reach, Flows flows) {
    boolean more = false;
    if (inherit.isPresent()
        && !scheduling
        && reach.contains(linked.id(library, inherit.get().function()))) {
      scheduling = true;
      more = true;
    }
    if (flags.isPresent() && reach.contains(linked.id(library, flags.get().function()))) {
      ArgumentSolver values = new ArgumentSolver(reach.calls(flows), 16);
      values.solveArgument(linked.id(library, flags.get().function()), Instruction.RSI);
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
      applied.clear();
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
    Module module = linked.module(library);
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
  private void creators() {
    int id = named("pthread_create");
    if (id < 0) {
      return;
    }
    if (isWhole(id)) {
      creators.add(id);
    }
    Functions functions = linked.module(library).functions();
    Set<Integer> named = named();
    for (int callee : calls(id)) {
      if (!named.contains(callee)
          && functions.is(linked.functionOf(callee), Functions.CALLS_KERNEL)
          && isWhole(callee)) {
        creators.add(callee);
      }
    }
  }

  /** The function that runs in a new process before the program, and kinds of actions there. */
  private void children() {
    Set<Integer> asked = Set.of(named("setsid"), named("setpgid"), named("sched_setparam"));
    Set<Integer> named = named();
    Functions functions = linked.module(library).functions();
    for (int f = 0; f < functions.count(); f++) {
      int id = linked.id(library, f);
      if (functions.is(f, Functions.CALLS_KERNEL)
          && !named.contains(id)
          && calls(id).containsAll(asked)
          && isWhole(id)) {
        children.add(id);
      }
    }
    Symbols symbols = linked.module(library).symbols();
    for (int symbol : symbols.functions()) {
      if (symbols.name(symbol).startsWith(ACTION)) {
        int id = linked.at(library, symbols.value(symbol));
        long kind = setters.kind(linked.functionOf(id));
        if (kind < 0) {
          actions.clear();
          return;
        }
        actions.put(id, kind);
      }
    }
  }

  private int named(String name) {
    int function = function(name);
    return function < 0 ? -1 : linked.id(library, function);
  }

  private int function(String name) {
    Symbols symbols = linked.module(library).symbols();
    int symbol = symbols.find(name, "");
    return symbol == 0 ? -1 : linked.module(library).functions().at(symbols.value(symbol));
  }

  private Set<Integer> named() {
    Symbols symbols = linked.module(library).symbols();
    Set<Integer> named = new HashSet<>();
    for (int symbol : symbols.functions()) {
      named.add(linked.at(library, symbols.value(symbol)));
    }
    return named;
  }

  private boolean isWhole(int id) {
    return !LiveCode.isEnteredInside(linked.module(library), linked.functionOf(id));
  }

  private Set<Integer> calls(int id) {
    Functions functions = linked.functionsOf(id);
    int function = linked.functionOf(id);
    Set<Integer> found = new HashSet<>();
    for (int at = functions.firstReference(function);
        at < functions.firstReference(function + 1);
        at++) {
      if (Reference.kind(functions.reference(at)) == Reference.CALL) {
        found.add(linked.at(library, Reference.address(functions.reference(at))));
      }
    }
    return found;
  }
}

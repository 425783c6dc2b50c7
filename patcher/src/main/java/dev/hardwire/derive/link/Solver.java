package dev.hardwire.derive.link;

import dev.hardwire.derive.flow.Atom;
import dev.hardwire.derive.flow.Facts;
import dev.hardwire.derive.flow.State;
import dev.hardwire.derive.flow.Value;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Module;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The numbers of the system calls that reached functions make. Where a number is an argument of the
 * function, its callers are asked, and theirs.
 */
final class Solver {
  /**
   * A place where a number is known.
   *
   * @param function that names the number
   * @param address of the instruction in its file that makes the call or passes the number on
   */
  record Source(int function, long address) {}

  /**
   * A place where it is not.
   *
   * @param function that contains it
   * @param address of the instruction in its file
   */
  record Unknown(int function, long address, String reason) {}

  private record Question(int function, Atom atom) {}

  private final Linked linked;
  private final Reach reach;
  private final Flows flows;
  private final SortedMap<Integer, Source> numbers = new TreeMap<>();
  private final List<Unknown> unknown = new ArrayList<>();
  private final Set<Question> asked = new HashSet<>();
  private final SortedSet<String> rules = new TreeSet<>();

  Solver(Reach reach, Flows flows) {
    this.linked = reach.linked();
    this.reach = reach;
    this.flows = flows;
  }

  SortedMap<Integer, Source> numbers() {
    return numbers;
  }

  List<Unknown> unknown() {
    return unknown;
  }

  void solve() {
    for (int id : reach.functions()) {
      Functions functions = linked.functionsOf(id);
      int function = linked.functionOf(id);
      if (functions.is(function, Functions.CALLS_I386)) {
        unknown(id, functions.start(function), "contains a system call of i386");
      }
      if (functions.is(function, Functions.CALLS_KERNEL)) {
        sites(id);
      }
    }
  }

  private void unknown(int id, long address, String reason) {
    unknown.add(new Unknown(id, address, reason));
  }

  private void sites(int id) {
    Functions functions = linked.functionsOf(id);
    long start = functions.start(linked.functionOf(id));
    long end = functions.end(linked.functionOf(id));
    Set<Long> seen = new HashSet<>();
    Set<Integer> owners = new LinkedHashSet<>(owners(id));
    owners.add(id); // what no owner leads to counts by itself
    for (int owner : owners) {
      Optional<Facts> facts = flows.of(owner);
      if (facts.isEmpty()) {
        unknown(id, start, "the function is too large to be followed");
        return;
      }
      for (Facts.Site site : facts.get().sites()) {
        long address = site.address();
        boolean known = owner == id && owners.size() > 1 && seen.contains(address);
        if (address >= start && address < end && !known) {
          seen.add(address);
          value(owner, site.number(), address);
        }
      }
    }
    if (seen.isEmpty()) {
      unknown(id, start, "contains a system call that nothing leads to");
    }
  }

  /** The functions that a part belongs to; a function that has callers is its own. */
  private Set<Integer> owners(int id) {
    Set<Integer> owners = new HashSet<>();
    Set<Integer> seen = new HashSet<>(Set.of(id));
    List<Integer> open = new ArrayList<>(List.of(id));
    for (int i = 0; i < open.size(); i++) {
      int one = open.get(i);
      int[] callers = reach.callers(one);
      if (flows.isEntry(one) || reach.isTaken(one) || callers.length == 0) {
        owners.add(one);
        continue;
      }
      for (int caller : callers) {
        if (seen.add(caller)) {
          open.add(caller);
        }
      }
    }
    return owners.isEmpty() ? Set.of(id) : owners;
  }

  private void value(int id, Value value, long address) {
    if (value.isAny() && isCommand(id, address)) {
      return;
    }
    if (value.isAny()) {
      unknown(id, address, "the number of the system call is not a constant");
    }
    for (Atom atom : value.atoms()) {
      switch (atom.base()) {
        case CONSTANT -> numbers.putIfAbsent((int) atom.offset(), new Source(id, address));
        case ARGUMENT, STACK_ARGUMENT -> ask(id, atom, address);
        default -> unknown(id, address, "the number of the system call is read from memory");
      }
    }
  }

  private void ask(int id, Atom atom, long address) {
    if (!asked.add(new Question(id, atom))) {
      return;
    }
    boolean free = reach.isTaken(id) || (reach.origins().way(id) == Via.ROOT && mayBeCalled(id));
    if (free && !isTable(id, atom, address)) {
      unknown(
          id, address, "the number is an argument of a function that is called through pointers");
    }
    for (int caller : reach.callers(id)) {
      for (int owner : owners(caller)) {
        caller(owner, id, atom);
      }
    }
  }

  /** In files of the Go linker all functions are roots, but only methods are called by tables. */
  private boolean mayBeCalled(int id) {
    Module module = linked.module(linked.moduleOf(id));
    long start = module.functions().start(linked.functionOf(id));
    return !module.isGo()
        || start == module.image().elf().header().entry()
        || module.isMethod(start);
  }

  /** All that call such a function have to name numbers themselves. */
  private boolean isCommand(int id, long address) {
    Module module = linked.module(linked.moduleOf(id));
    boolean library =
        module.symbols().defines("setresuid") && module.symbols().defines("pthread_create");
    boolean matches =
        (library || linked.modules().size() == 1) // or the C library is part of the program
            && Patterns.isCommand(module, linked.functionOf(id), address);
    for (int caller : reach.callers(id)) {
      matches &= linked.functionsOf(caller).is(linked.functionOf(caller), Functions.CALLS_KERNEL);
    }
    if (matches) {
      rules.add(Patterns.SET_ID);
    }
    return matches;
  }

  private boolean isTable(int id, Atom atom, long address) {
    int module = linked.moduleOf(id);
    if (!Patterns.isTable(linked.module(module)) || atom.base() != Atom.Base.ARGUMENT) {
      return false;
    }
    Set<Integer> found = Patterns.tableNumbers(reach, flows, module, (int) atom.key());
    found.forEach(number -> numbers.putIfAbsent(number, new Source(id, address)));
    rules.add(Patterns.TABLE);
    return true;
  }

  /** The rules that answered something, sorted. */
  SortedSet<String> rules() {
    return rules;
  }

  private void caller(int owner, int callee, Atom atom) {
    Functions functions = linked.functionsOf(owner);
    Optional<Facts> facts = flows.of(owner);
    boolean found = false;
    for (Facts.Call call : facts.map(Facts::calls).orElse(List.of())) {
      if (target(linked.moduleOf(owner), call) == callee) {
        found = true;
        Value number = argument(call, atom).plus(atom.offset());
        Module module = linked.module(linked.moduleOf(owner));
        if (Patterns.isRepeated(module, linked.functionOf(owner), number)) {
          rules.add(Patterns.GO_THREADS);
        } else {
          value(owner, number, call.address());
        }
      }
    }
    if (!found) {
      unknown(
          owner,
          functions.start(linked.functionOf(owner)),
          "passes the number of a system call in a way that is not followed");
    }
  }

  private int target(int module, Facts.Call call) {
    return call.throughSlot()
        ? linked.called(module, call.target())
        : linked.at(module, call.target());
  }

  private static Value argument(Facts.Call call, Atom atom) {
    State state = call.state();
    if (atom.base() == Atom.Base.ARGUMENT) {
      return state.register((int) atom.key());
    }
    return state.stackArgument(atom.key() + (call.jump() ? Long.BYTES : 0));
  }

  /** A place as messages name it: file, address and function. */
  String place(int id, long address) {
    Module module = linked.module(linked.moduleOf(id));
    return Linked.shortName(module) + " at " + module.place(address);
  }
}

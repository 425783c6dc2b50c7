package dev.hardwire.derive.rules;

import static dev.hardwire.derive.decode.Instruction.RCX;
import static dev.hardwire.derive.decode.Instruction.RDI;
import static dev.hardwire.derive.decode.Instruction.RDX;
import static dev.hardwire.derive.decode.Instruction.RSI;

import dev.hardwire.derive.flow.ArgumentCode;
import dev.hardwire.derive.flow.Atom;
import dev.hardwire.derive.flow.Facts;
import dev.hardwire.derive.flow.LiveCode;
import dev.hardwire.derive.link.ArgumentSolver;
import dev.hardwire.derive.link.Callers;
import dev.hardwire.derive.link.Flows;
import dev.hardwire.derive.link.Linked;
import dev.hardwire.derive.link.ReachableCode;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Module;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Functions of glibc that do different things for different numbers, as sysconf(3) does. If all
 * reached calls pass constants, only what these lead to is followed.
 *
 * <p>Invariant: sets of arguments only grow while a program is analysed.
 */
final class KnownArguments {
  /** The functions, and the registers with their arguments of type int that choose. */
  private static final Map<String, List<Integer>> CHOOSING =
      new TreeMap<>(
          Map.of(
              "sysconf", List.of(RDI),
              "pathconf", List.of(RSI),
              "fpathconf", List.of(RSI),
              "faccessat", List.of(RDX, RCX)));

  /** faccessat and faccessat2, which only faccessat(3) makes. */
  private static final Set<Long> ACCESS = Set.of(269L, 439L);

  private static final long LARGEST = 4096;

  /** So many combinations of arguments are told apart. */
  private static final int MOST_COMBINATIONS = 256;

  /**
   * What is known about one of the functions.
   *
   * @param combinations the possible numbers of its registers; empty if any may be there
   * @param dead what it calls for none of them
   * @param sites system calls that it makes for none of them
   */
  private record Known(
      Optional<Set<Map<Integer, Long>>> combinations, Set<Integer> dead, Set<Long> sites) {}

  private final Linked linked;
  private final Flows flows;
  private final Map<Integer, List<Integer>> registers = new HashMap<>();
  private final Map<Integer, String> names = new HashMap<>();
  private final Map<Integer, Known> known = new HashMap<>();
  private final Set<Integer> reached = new HashSet<>();

  /**
   * Finds the functions.
   *
   * @param library empty if there is no glibc
   */
  KnownArguments(Linked linked, Optional<GlibcFunctions> library, Flows flows) {
    this.linked = linked;
    this.flows = flows;
    library.ifPresent(this::find);
    if (linked.modules().size() == 1) {
      findByNumbers();
    }
  }

  /** In a program without other files, the functions have no names; what they call tells them. */
  private void findByNumbers() {
    Functions functions = linked.module(0).functions();
    for (int f = 0; f < functions.count(); f++) {
      boolean plain =
          functions.is(f, Functions.CALLS_KERNEL)
              && !functions.is(f, Functions.JUMPS_INDIRECTLY)
              && functions.end(f) - functions.start(f) < LARGEST;
      int id = linked.id(0, f);
      if (plain
          && flows.isEntry(id)
          && !LiveCode.isEnteredInside(linked.module(0), f)
          && numbers(id).equals(ACCESS)) {
        add(id, "faccessat");
      }
    }
  }

  /** The numbers of the system calls that a function makes itself; empty if not all are known. */
  private Set<Long> numbers(int id) {
    Set<Long> numbers = new HashSet<>();
    for (Facts.Site site : flows.of(id).map(Facts::sites).orElse(List.of())) {
      List<Atom> atoms = site.number().atoms();
      if (atoms.size() != 1 || !atoms.get(0).is(Atom.Base.CONSTANT)) {
        return Set.of();
      }
      numbers.add(atoms.get(0).offset());
    }
    return numbers;
  }

  private void add(int id, String name) {
    registers.put(id, CHOOSING.get(name));
    names.put(id, name);
    known.put(id, leftOut(id, Optional.of(Set.of())));
  }

  private void find(GlibcFunctions library) {
    CHOOSING.forEach(
        (name, places) -> {
          int id = library.named(name);
          if (id >= 0 && library.isWhole(id)) {
            add(id, name);
          }
        });
  }

  /** Whether a function calls another one for no arguments that it gets. */
  boolean cut(int from, int to) {
    Known one = known.get(from);
    return one != null && one.dead().contains(to);
  }

  /** Whether a system call is made for no arguments that its function gets. */
  boolean isDead(int id, long address) {
    Known one = known.get(id);
    return one != null && one.sites().contains(address);
  }

  /** The rule, if it left something out. */
  Set<String> applied() {
    Set<String> applied = new TreeSet<>();
    for (int id : reached) {
      Known one = known.get(id);
      if (!one.dead().isEmpty() || !one.sites().isEmpty()) {
        applied.add(names.get(id));
      }
    }
    return applied.isEmpty()
        ? Set.of()
        : Set.of(
            ("arguments: all reached calls of %s pass constants, so only what these ask for is"
                    + " reached")
                .formatted(String.join(", ", applied)));
  }

  /** The functions whose calls may be cut. */
  BitSet concerned() {
    BitSet found = new BitSet();
    registers.keySet().forEach(found::set);
    return found;
  }

  /** Lets through what more arguments lead to; whether there were more. */
  boolean extend(ReachableCode reach) {
    boolean more = false;
    Callers callers = reach.calls(flows);
    for (Map.Entry<Integer, List<Integer>> one : registers.entrySet()) {
      int id = one.getKey();
      Known before = known.get(id);
      if (reach.contains(id)) {
        reached.add(id);
      }
      if (reach.contains(id) && before.combinations().isPresent()) {
        Optional<Set<Map<Integer, Long>>> now = combinations(callers, id, one.getValue());
        now.ifPresent(found -> found.addAll(before.combinations().get()));
        if (!now.equals(before.combinations())) {
          known.put(id, leftOut(id, now));
          more = true;
        }
      }
    }
    return more;
  }

  private static Optional<Set<Map<Integer, Long>>> combinations(
      Callers callers, int id, List<Integer> places) {
    List<Map<Integer, Long>> all = new ArrayList<>(List.of(Map.of()));
    for (int register : places) {
      ArgumentSolver solver = new ArgumentSolver(callers, Integer.SIZE);
      solver.solveArgument(id, register);
      if (solver.unknown().isPresent()) {
        continue; // this one may be any
      }
      List<Map<Integer, Long>> more = new ArrayList<>();
      for (Map<Integer, Long> some : all) {
        for (long value : solver.values().keySet()) {
          Map<Integer, Long> longer = new TreeMap<>(some);
          longer.put(register, value);
          more.add(longer);
        }
      }
      all = more;
    }
    return all.size() > MOST_COMBINATIONS || all.contains(Map.<Integer, Long>of())
        ? Optional.empty()
        : Optional.of(new HashSet<>(all));
  }

  /** What a function leads to, except for what it does for some combination of arguments. */
  private Known leftOut(int id, Optional<Set<Map<Integer, Long>>> combinations) {
    Module module = linked.file(id);
    int function = linked.functionOf(id);
    Set<Long> live = new HashSet<>();
    for (Map<Integer, Long> arguments : combinations.orElse(Set.of())) {
      Optional<Set<Long>> some = ArgumentCode.of(module, function, arguments, flows.callees());
      if (some.isEmpty()) {
        return new Known(Optional.empty(), Set.of(), Set.of());
      }
      live.addAll(some.get());
    }
    if (combinations.isEmpty()) {
      return new Known(combinations, Set.of(), Set.of());
    }
    DeadCode dead = DeadCode.of(linked, id, live);
    return new Known(combinations, dead.functions(), dead.sites());
  }
}

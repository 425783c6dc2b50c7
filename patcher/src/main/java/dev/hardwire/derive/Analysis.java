package dev.hardwire.derive;

import dev.hardwire.derive.Derivation.Cause;
import dev.hardwire.derive.Derivation.ReachedArgument;
import dev.hardwire.derive.Derivation.ReachedCall;
import dev.hardwire.derive.Derivation.UnknownSite;
import dev.hardwire.derive.link.ArgumentSolver;
import dev.hardwire.derive.link.EdgeKind;
import dev.hardwire.derive.link.Flows;
import dev.hardwire.derive.link.KnownFacts;
import dev.hardwire.derive.link.Linked;
import dev.hardwire.derive.link.ReachableCode;
import dev.hardwire.derive.link.Returning;
import dev.hardwire.derive.link.Solver;
import dev.hardwire.derive.module.Image;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.Slots;
import dev.hardwire.derive.module.Symbols;
import dev.hardwire.derive.names.FileNeeds;
import dev.hardwire.derive.names.LoadedNames;
import dev.hardwire.derive.names.Lookups;
import dev.hardwire.derive.rules.Assumptions;
import dev.hardwire.derive.rules.Rules;
import dev.hardwire.elf.DynamicTag;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;

/** The analysis of one program with its libraries, from the roots to the numbers. */
final class Analysis {
  private final Linked linked;
  private final Returning returning;
  private final Flows flows;
  private final int interpreter;
  private final boolean safe;
  private final Rules rules;
  private ReachableCode reach;

  /** What runs before the hook, if that is followed by itself. */
  private Optional<ReachableCode> reachedBefore = Optional.empty();

  private Solver solver;

  /**
   * Prepares an analysis.
   *
   * @param linked the program first
   * @param interpreter the index of the dynamic linker; -1 for none
   * @param safe whether all data of a file counts as referred to
   * @param assumptions about what is outside of the files
   * @param facts found before, which grow
   */
  Analysis(
      Linked linked, int interpreter, boolean safe, Assumptions assumptions, KnownFacts facts) {
    this.linked = linked;
    this.interpreter = interpreter;
    this.safe = safe;
    this.returning = new Returning(linked);
    this.flows = new Flows(linked, returning, facts);
    this.rules = new Rules(linked, flows, interpreter, assumptions);
  }

  /**
   * Runs it.
   *
   * @param whole whether the program runs under the policy from its first instruction on
   */
  DerivedFindings run(boolean whole) {
    reach = new ReachableCode(linked, returning, rules.before(whole), safe);
    if (interpreter >= 0 && whole) {
      before(reach);
      reach.run();
    } else if (interpreter >= 0) {
      ReachableCode before = new ReachableCode(linked, returning, rules, safe);
      reachedBefore = Optional.of(before);
      rules.apart(() -> before(before));
      followBefore();
    }
    after();
    FileNeeds needs = new FileNeeds(linked);
    Lookups lookups = new Lookups(reach, flows, needs, interpreter);
    follow(lookups);
    while (revoke()) {
      followBefore();
      follow(lookups);
    }
    SortedSet<String> libraries = new LoadedNames(reach, interpreter, flows.known()).find(needs);
    List<String> composed = lookups.composed();
    solver = new Solver(reach, flows, rules);
    solver.solve();
    List<String> applied = new ArrayList<>(rules.applied());
    applied.addAll(lookups.applied());
    applied.addAll(solver.rules());
    return new DerivedFindings(calls(), unknown(), applied, List.copyOf(libraries), composed);
  }

  /** Follows what runs before the hook; of that, the addresses count that it takes. */
  private void followBefore() {
    if (reachedBefore.isPresent()) {
      ReachableCode before = reachedBefore.get();
      rules.apart(before::run);
      if (rules.revokeUnused(before)) {
        reach.again();
      }
      reach.takenBy(before);
    }
  }

  private void follow(Lookups lookups) {
    reach.run();
    while (lookups.follow() || extend()) {
      reach.run();
    }
  }

  private boolean extend() {
    boolean more = rules.extend(reach);
    if (more) {
      reach.again();
    }
    return more;
  }

  /** Takes back rules whose conditions do not hold; whether there were any. */
  private boolean revoke() {
    boolean some = rules.revoke(reach);
    some |= reachedBefore.filter(rules::revoke).isPresent();
    if (some) {
      reach.again();
      reachedBefore.ifPresent(before -> rules.apart(before::again));
    }
    return some;
  }

  /** Enters what runs before the program: the dynamic linker, and constructors of libraries. */
  private void before(ReachableCode before) {
    Module linker = linked.module(interpreter);
    before.root(linked.at(interpreter, linker.image().elf().header().entry()));
    for (int i = 1; i < linked.modules().size(); i++) {
      if (!linked.isPlugin(i)) {
        constructors(before, i);
      }
    }
    linked
        .find("__libc_early_init", "GLIBC_PRIVATE")
        .ifPresent(d -> before.root(linked.function(d)));
  }

  private void after() {
    Module program = linked.module(0);
    reach.root(linked.at(0, program.image().elf().header().entry()));
    constructors(reach, 0);
    if (program.isGo()) {
      everything(0);
    }
    for (int i = 0; i < linked.modules().size(); i++) {
      destructors(i);
      reach.threadVariables(i);
      if (linked.isPlugin(i)) {
        constructors(reach, i);
        Symbols symbols = linked.module(i).symbols();
        for (int symbol : symbols.functions()) {
          reach.take(linked.at(i, symbols.value(symbol)), -1, EdgeKind.LOOKUP);
        }
      }
    }
    if (interpreter >= 0) { // found by name at the start, and called through pointers
      for (String name : List.of("malloc", "calloc", "realloc", "free")) {
        linked.find(name, "").ifPresent(d -> reach.take(linked.function(d), -1, EdgeKind.LOOKUP));
      }
    }
  }

  private void everything(int module) {
    Module file = linked.module(module);
    for (int f = 0; f < file.functions().count(); f++) {
      if (file.isGoCode(file.functions().start(f))) {
        reach.root(linked.id(module, f));
      }
    }
  }

  private void constructors(ReachableCode into, int module) {
    call(into, module, DynamicTag.INIT);
    array(into, module, DynamicTag.PREINIT_ARRAY, DynamicTag.PREINIT_ARRAYSZ, ".preinit_array");
    array(into, module, DynamicTag.INIT_ARRAY, DynamicTag.INIT_ARRAYSZ, ".init_array");
  }

  private void destructors(int module) {
    call(reach, module, DynamicTag.FINI);
    array(reach, module, DynamicTag.FINI_ARRAY, DynamicTag.FINI_ARRAYSZ, ".fini_array");
  }

  private void call(ReachableCode into, int module, long tag) {
    linked
        .module(module)
        .image()
        .elf()
        .dynamicValue(tag)
        .ifPresent(address -> into.root(linked.at(module, address)));
  }

  private void array(ReachableCode into, int module, long tag, long sizeTag, String section) {
    Image image = linked.module(module).image();
    long start = image.elf().dynamicValue(tag).orElse(0);
    long size = image.elf().dynamicValue(sizeTag).orElse(0);
    if (image.elf().dynamic().isEmpty()) {
      var found = image.elf().section(s -> s.name().equals(section));
      start = found.map(s -> s.addr()).orElse(0L);
      size = found.map(s -> s.size()).orElse(0L);
    }
    Slots slots = linked.module(module).slots();
    for (int slot = slots.from(start);
        slot < slots.count() && slots.address(slot) - start < size;
        slot++) {
      if (slots.content(slot) == Slots.Content.ADDRESS) {
        into.root(linked.at(module, slots.value(slot)));
      } else if (slots.content(slot) == Slots.Content.SYMBOL) {
        linked
            .resolve(module, (int) slots.value(slot))
            .ifPresent(d -> into.root(linked.function(d)));
      }
    }
  }

  private List<ReachedCall> calls() {
    SortedMap<Integer, ReachedCall> calls = new TreeMap<>();
    solver
        .numbers()
        .forEach(
            (number, source) -> {
              List<String> chain = chain(source.function());
              chain.add(solver.place(source.function(), source.address()));
              calls.put(number, call(number, chain));
            });
    if (Restart.isPossible(solver)) {
      calls.computeIfAbsent(
          Restart.NUMBER, number -> call(number, List.of("the kernel, after a signal")));
    }
    return List.copyOf(calls.values());
  }

  private ReachedCall call(int number, List<String> chain) {
    String name = DerivedFindings.name(number);
    List<ReachedArgument> arguments = new ArrayList<>();
    for (ChoosingArgument argument : ChoosingArgument.of(name)) {
      ArgumentSolver values =
          new ArgumentSolver(solver.callers(), Math.min(argument.bits(), Integer.SIZE));
      values.solve(solver.uses(number), argument.index());
      SortedMap<Long, String> named = new TreeMap<>();
      values
          .values()
          .forEach((value, at) -> named.put(value, solver.place(at.function(), at.address())));
      String unknown =
          values
              .unknown()
              .map(at -> solver.place(at.function(), at.address()) + ": " + at.reason())
              .orElse(named.isEmpty() ? "no place names it" : "");
      arguments.add(new ReachedArgument(argument.name(), named, unknown));
    }
    return new ReachedCall(name, number, chain, arguments);
  }

  private List<String> chain(int id) {
    List<String> chain = new ArrayList<>();
    Arrays.stream(reach.origins().chain(id)).forEach(f -> chain.add(link(f)));
    return chain;
  }

  private String link(int id) {
    int before = reach.origins().takenBefore(id);
    String way = reach.origins().way(id).name().toLowerCase(java.util.Locale.ROOT);
    return linked.name(id)
        + ", "
        + way
        + (before < 0 ? "" : " before the hook by " + linked.name(before));
  }

  private List<UnknownSite> unknown() {
    List<UnknownSite> found = new ArrayList<>();
    for (Solver.Unknown one : solver.unknown()) {
      Module module = linked.module(linked.moduleOf(one.function()));
      found.add(
          new UnknownSite(
              module.name(),
              module.place(one.address()),
              one.reason(),
              one.chosen() ? Cause.CALLER : Cause.LIMIT,
              chain(one.function())));
    }
    return found;
  }

  /**
   * Calls that the kernel may continue by restart_syscall(2), when a signal has stopped the program
   * and it goes on without a handler. A call of futex(2) without a timeout is made again instead.
   */
  private static final class Restart {
    static final int NUMBER = 219;

    /** Name of the calls that are always continued so, by their numbers. */
    private static final Map<Integer, String> SLEEPING =
        Map.of(7, "poll", 35, "nanosleep", 230, "clock_nanosleep");

    private static final int FUTEX = 202;
    private static final int TIMEOUT = 3;

    private Restart() {}

    /** Whether it may happen. */
    static boolean isPossible(Solver solver) {
      Set<Integer> numbers = solver.numbers().keySet();
      return numbers.stream().anyMatch(SLEEPING::containsKey)
          || (numbers.contains(FUTEX) && mayTimeOut(solver));
    }

    private static boolean mayTimeOut(Solver solver) {
      ArgumentSolver timeouts = new ArgumentSolver(solver.callers(), Integer.SIZE);
      timeouts.solve(solver.uses(FUTEX), TIMEOUT);
      if (timeouts.unknown().isPresent() || !solver.unknown().isEmpty()) {
        return true;
      }
      SortedMap<Long, Solver.Source> values = timeouts.values();
      return values.keySet().stream().anyMatch(value -> value != 0);
    }
  }
}

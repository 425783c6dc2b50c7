package dev.hardwire.derive.link;

import static dev.hardwire.derive.decode.Instruction.R10;
import static dev.hardwire.derive.decode.Instruction.RDI;
import static dev.hardwire.derive.decode.Instruction.RDX;
import static dev.hardwire.derive.decode.Instruction.RSI;

import dev.hardwire.derive.flow.Atom;
import dev.hardwire.derive.flow.Facts;
import dev.hardwire.derive.flow.State;
import dev.hardwire.derive.flow.Value;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.Reference;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
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
public final class Solver {
  /**
   * A place where a number is known.
   *
   * @param function that names the number
   * @param address of the instruction in its file that makes the call or passes the number on
   */
  public record Source(int function, long address) {}

  /**
   * A place where it is not.
   *
   * @param function that contains it
   * @param address of the instruction in its file
   * @param chosen whether a caller chooses the number, as data that the program reads may do;
   *     otherwise it is the analysis that does not follow it
   */
  public record Unknown(int function, long address, String reason, boolean chosen) {}

  /**
   * A place that names the number of a system call.
   *
   * @param arguments of the call, as values there
   */
  record Use(int function, long address, Operands arguments) {}

  private record Question(int function, Atom atom, Operands arguments) {}

  private record Open(Question question, long address) {}

  /** So many ways to pass arguments on are told apart in one function. */
  private static final int MOST_WAYS = 256;

  /** So many numbers may the callers of one function have. */
  private static final int MOST_QUESTIONS = 4096;

  private static final int CALLING =
      Functions.CALLS_KERNEL | Functions.CALLS_I386 | Functions.CALLS_OLD_PAGE;

  /** What the kernel's page of old system calls has: gettimeofday, time, getcpu. */
  private static final List<Integer> OLD_PAGE = List.of(96, 201, 309);

  private final Linked linked;
  private final ReachableCode reach;
  private final Flows flows;
  private final Cuts cuts;
  private final Callers callers;
  private final SortedMap<Integer, Source> numbers = new TreeMap<>();
  private final Set<Unknown> unknown = new LinkedHashSet<>();
  private final Map<Integer, Set<Use>> uses = new HashMap<>();
  private final Set<Question> asked = new HashSet<>();
  private final Map<Integer, Integer> ways = new HashMap<>();
  private final ArrayDeque<Open> open = new ArrayDeque<>();
  private final SortedSet<String> rules = new TreeSet<>();

  /** Whether variables of Go are never written. */
  private final Map<Linked.Place, Boolean> variables = new HashMap<>();

  public Solver(ReachableCode reach, Flows flows, Cuts cuts) {
    this.cuts = cuts;
    this.linked = reach.linked();
    this.reach = reach;
    this.flows = flows;
    this.callers = reach.calls(flows);
  }

  public SortedMap<Integer, Source> numbers() {
    return numbers;
  }

  public List<Unknown> unknown() {
    return List.copyOf(unknown);
  }

  /** The places that name a number; if there are unknown ones, these are not all. */
  public Set<Use> uses(int number) {
    return uses.getOrDefault(number, Set.of());
  }

  public Callers callers() {
    return callers;
  }

  public void solve() {
    for (int id : reach.functions()) {
      if (!linked.is(id, CALLING)) {
        continue;
      }
      if (linked.is(id, Functions.CALLS_I386) && makesOldCalls(id)) {
        unknown(id, linked.start(id), "contains a system call of i386");
      }
      if (linked.is(id, Functions.CALLS_KERNEL)) {
        sites(id);
      }
      if (linked.is(id, Functions.CALLS_OLD_PAGE)) {
        OLD_PAGE.forEach(n -> found(n, id, linked.start(id), Operands.UNKNOWN));
      }
    }
    while (!open.isEmpty()) {
      Open next = open.remove();
      answer(next.question(), next.address());
    }
  }

  private void unknown(int id, long address, String reason) {
    unknown.add(new Unknown(id, address, reason, false));
  }

  private void found(int number, int id, long address, Operands arguments) {
    numbers.putIfAbsent(number, new Source(id, address));
    uses.computeIfAbsent(number, key -> new LinkedHashSet<>()).add(new Use(id, address, arguments));
  }

  /**
   * Whether a function may make system calls of i386. What nothing describes may be a table between
   * functions: only what something leads to is an instruction.
   */
  private boolean makesOldCalls(int id) {
    if (!linked.is(id, Functions.IN_GAP)) {
      return true;
    }
    Set<Integer> owners = new LinkedHashSet<>(callers.owners(id));
    owners.add(id);
    for (int owner : owners) {
      Optional<Facts> facts = flows.of(owner);
      boolean may =
          facts.isEmpty()
              || facts.get().oldCalls().stream()
                  .anyMatch(at -> at >= linked.start(id) && at < linked.end(id));
      if (may) {
        return true;
      }
    }
    return false;
  }

  private void sites(int id) {
    long start = linked.start(id);
    long end = linked.end(id);
    Set<Long> seen = new HashSet<>();
    Set<Integer> owners = new LinkedHashSet<>(callers.owners(id));
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
          if (isDead(id, site)) {
            continue;
          }
          boolean partial = callers.isEnteredInside(owner);
          value(
              owner,
              site.number(),
              partial ? Operands.UNKNOWN : Operands.of(site.state()),
              address,
              false);
        }
      }
    }
    if (seen.isEmpty()) {
      unknown(id, start, "contains a system call that nothing leads to");
    }
  }

  private boolean isDead(int id, Facts.Site site) {
    List<Atom> atoms = site.number().atoms();
    return !atoms.isEmpty()
        && atoms.stream()
            .allMatch(
                atom ->
                    atom.is(Atom.Base.CONSTANT) && cuts.isDead(id, site.address(), atom.offset()));
  }

  /**
   * What is known of a number.
   *
   * @param passed whether it is passed to a function, rather than used at once
   */
  private void value(int id, Value value, Operands arguments, long address, boolean passed) {
    if (value.isAny() && (isCommand(id, address) || takesObject(id, address))) {
      return;
    }
    if (value.isAny()) {
      String reason = "the number of the system call is not a constant";
      unknown.add(new Unknown(id, address, reason, passed));
    }
    for (Atom atom : value.atoms()) {
      if (atom.is(Atom.Base.CONSTANT) && flows.of(id).filter(Facts::assumesIndices).isPresent()) {
        rules.add(Patterns.INDICES);
      }
      switch (atom.base()) {
        case CONSTANT -> found((int) atom.offset(), id, address, arguments);
        case ARGUMENT, STACK_ARGUMENT -> ask(id, atom, arguments, address);
        default -> loaded(id, atom, arguments, address, passed);
      }
    }
  }

  /** A number that is read from memory. */
  private void loaded(int id, Atom atom, Operands arguments, long address, boolean passed) {
    Module module = linked.file(id);
    boolean variable =
        atom.is(Atom.Base.LOADED)
            && atom.offset() == 0
            && module.isGoCode(linked.start(id))
            && module.slots().at(atom.key()) < 0
            && variables.computeIfAbsent(
                new Linked.Place(linked.moduleOf(id), atom.key()),
                place -> Patterns.isNeverWritten(module, place.address()));
    if (variable) {
      found((int) module.image().word(atom.key()), id, address, arguments);
      rules.add(Patterns.GO_VARIABLE);
    } else {
      String reason = "the number of the system call is read from memory";
      unknown.add(new Unknown(id, address, reason, passed));
    }
  }

  private void ask(int id, Atom atom, Operands arguments, long address) {
    int count = ways.merge(id, 1, Integer::sum);
    if (count > MOST_QUESTIONS) {
      unknown(id, address, "the number is passed on in too many ways");
      return;
    }
    Question question = new Question(id, atom, count > MOST_WAYS ? Operands.UNKNOWN : arguments);
    if (asked.add(question)) {
      open.add(new Open(question, address));
    }
  }

  private void answer(Question question, long address) {
    int id = question.function();
    if (callers.isOpen(id) && !isTable(question, address)) {
      String reason = "the number is an argument of a function that is called through pointers";
      unknown.add(new Unknown(id, address, reason, true));
    }
    for (int caller : callers.of(id)) {
      List<Callers.Passing> calls = callers.calls(caller, id);
      if (calls.isEmpty()) {
        unknown(
            caller,
            linked.start(caller),
            "passes the number of a system call in a way that is not followed");
      }
      calls.forEach(call -> passed(question, call));
    }
  }

  private void passed(Question question, Callers.Passing call) {
    int caller = call.function();
    Value number = call.value(question.atom());
    Module module = linked.file(caller);
    if (Patterns.isRepeated(module, linked.functionOf(caller), number)) {
      rules.add(Patterns.GO_THREADS);
      return;
    }
    boolean partial = callers.isEnteredInside(caller);
    value(
        caller,
        number,
        partial ? Operands.UNKNOWN : question.arguments().in(call),
        call.call().address(),
        true);
  }

  /** All that call such a function have to name numbers themselves. */
  private boolean isCommand(int id, long address) {
    Module module = linked.file(id);
    boolean library = // before glibc 2.34, in two files
        module.symbols().defines("pthread_create")
            && linked.modules().stream().anyMatch(file -> file.symbols().defines("setresuid"));
    boolean matches =
        (library || linked.modules().size() == 1) // or the C library is part of the program
            && Patterns.isCommand(module, linked.functionOf(id), address);
    for (int caller : reach.callers(id)) {
      matches &= linked.is(caller, Functions.CALLS_KERNEL);
    }
    if (matches) {
      rules.add(Patterns.SET_ID);
    }
    return matches;
  }

  /**
   * Whether a function gets the number in an object on the stack of those that take its address;
   * the number that each of them has put there counts.
   */
  private boolean takesObject(int id, long address) {
    Module module = linked.file(id);
    long start = linked.start(id);
    if (!Patterns.takesObject(module, linked.functionOf(id), address)
        || module.slots().code(start, start + 1).length > 0
        || reach.callers(id).length > 0) {
      return false;
    }
    for (int other : reach.functions()) {
      if (linked.moduleOf(other) == linked.moduleOf(id)
          && module
              .functions()
              .refers(linked.functionOf(other), Reference.TAKE, taken -> taken == start)) {
        Optional<Facts.Call> call = passing(other, start);
        Value number = call.map(one -> object(one.state())).orElse(Value.ANY);
        value(
            other,
            number,
            Operands.UNKNOWN,
            call.map(Facts.Call::address).orElse(linked.start(other)),
            false);
      }
    }
    rules.add(Patterns.SET_ID_OBJECT);
    return true;
  }

  /** The only call by which a function passes an address on. */
  private Optional<Facts.Call> passing(int id, long address) {
    List<Facts.Call> calls =
        flows.of(id).map(Facts::calls).orElse(List.of()).stream()
            .filter(call -> registers(call.state(), new Atom(Atom.Base.ADDRESS, 0, address)) == 1)
            .toList();
    return calls.size() == 1 ? Optional.of(calls.get(0)) : Optional.empty();
  }

  /** How many registers for arguments have a value. */
  private static int registers(State state, Atom value) {
    int count = 0;
    for (int register : State.ARGUMENTS) {
      count += state.register(register).equals(Value.of(value)) ? 1 : 0;
    }
    return count;
  }

  /** The number in the only object on the stack that is passed to a function. */
  private static Value object(State state) {
    Value found = null;
    for (int register : State.ARGUMENTS) {
      List<Atom> atoms = state.register(register).atoms();
      if (atoms.size() == 1 && atoms.get(0).is(Atom.Base.STACK)) {
        if (found != null) {
          return Value.ANY;
        }
        found = state.half(atoms.get(0), Patterns.NUMBER);
      }
    }
    boolean stored =
        found != null && found.atoms().stream().noneMatch(a -> a.is(Atom.Base.STACK_ARGUMENT));
    return stored ? found : Value.ANY;
  }

  private boolean isTable(Question question, long address) {
    int module = linked.moduleOf(question.function());
    Atom atom = question.atom();
    if (!Patterns.isTable(linked.module(module)) || atom.base() != Atom.Base.ARGUMENT) {
      return false;
    }
    Patterns.tableNumbers(reach, flows, module, (int) atom.key())
        .forEach(number -> found(number, question.function(), address, Operands.UNKNOWN));
    rules.add(Patterns.TABLE);
    return true;
  }

  /** The rules that answered something, sorted. */
  public SortedSet<String> rules() {
    return rules;
  }

  /** A place as messages name it: file, address and function. */
  public String place(int id, long address) {
    Module module = linked.file(id);
    return Linked.shortName(module) + " at " + module.place(address);
  }

  /**
   * The first four arguments of a system call, as values at one place of a function.
   *
   * @param values what rdi, rsi, rdx and r10 have
   */
  record Operands(List<Value> values) {
    /** Nothing is known. */
    static final Operands UNKNOWN = new Operands(Collections.nCopies(4, Value.ANY));

    /** At the instruction that makes the call. */
    static Operands of(State state) {
      return new Operands(
          List.of(
              state.register(RDI), state.register(RSI), state.register(RDX), state.register(R10)));
    }

    /** The same in a function that makes a call of the one that these belong to. */
    Operands in(Callers.Passing call) {
      return equals(UNKNOWN)
          ? UNKNOWN
          : new Operands(
              List.of(
                  call.value(get(0)), call.value(get(1)), call.value(get(2)), call.value(get(3))));
    }

    /** One of them, counted from 0. */
    Value get(int index) {
      return values.get(index);
    }
  }
}

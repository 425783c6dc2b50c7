package dev.hardwire.derive.link;

import dev.hardwire.derive.flow.Atom;
import dev.hardwire.derive.flow.Value;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The values of one argument of one system call. Where a value is an argument of a function, its
 * callers are asked, and theirs.
 */
public final class ArgumentSolver {
  private record Question(int function, Atom atom) {}

  private record Open(Question question, long address) {}

  private static final int MOST_QUESTIONS = 10_000;

  private final Callers callers;
  private final long mask;
  private final SortedMap<Long, Solver.Source> values = new TreeMap<>();
  private final Optional<Set<Linked.Place>> places;
  private final Set<Question> asked = new HashSet<>();
  private final ArrayDeque<Open> open = new ArrayDeque<>();
  private Solver.Unknown unknown;

  /**
   * A solver.
   *
   * @param bits number of the low bits that count, at most 32
   */
  public ArgumentSolver(Callers callers, int bits) {
    this(callers, bits, Optional.empty());
  }

  /**
   * A solver for arguments that may be pointers.
   *
   * @param places gets the addresses of the files that are among the values
   */
  public ArgumentSolver(Callers callers, Set<Linked.Place> places) {
    this(callers, Integer.SIZE, Optional.of(places));
  }

  private ArgumentSolver(Callers callers, int bits, Optional<Set<Linked.Place>> places) {
    this.callers = callers;
    this.mask = (1L << bits) - 1;
    this.places = places;
  }

  /** Follows an argument from all places that make the call. */
  public void solve(Set<Solver.Use> uses, int index) {
    for (Solver.Use use : uses) {
      value(use.function(), use.arguments().get(index), use.address());
    }
    follow();
  }

  /** Follows what a register has in all calls of a function. */
  public void solveArgument(int function, int register) {
    ask(new Question(function, new Atom(Atom.Base.ARGUMENT, register, 0)), 0);
    follow();
  }

  /** The same in all calls but those that the function makes itself. */
  public void solveOthers(int function, int register) {
    Question question = new Question(function, new Atom(Atom.Base.ARGUMENT, register, 0));
    if (callers.isOpen(function)) {
      unknown(function, 0, "it is called through pointers");
    }
    callers.of(function).stream()
        .filter(caller -> caller != function)
        .forEach(caller -> passed(question, caller, 0));
    follow();
  }

  /** The same in the calls that one function makes. */
  public void solveCalls(int caller, int function, int register) {
    passed(new Question(function, new Atom(Atom.Base.ARGUMENT, register, 0)), caller, 0);
    follow();
  }

  private void follow() {
    while (!open.isEmpty() && unknown == null) {
      Open next = open.remove();
      answer(next.question(), next.address());
    }
  }

  /** The possible values, each with the place that names it. */
  public SortedMap<Long, Solver.Source> values() {
    return values;
  }

  /** A place where the value is not known; if there is one, the values are not all. */
  public Optional<Solver.Unknown> unknown() {
    return Optional.ofNullable(unknown);
  }

  private void unknown(int id, long address, String reason) {
    unknown = unknown == null ? new Solver.Unknown(id, address, reason, false) : unknown;
  }

  private void value(int id, Value value, long address) {
    if (value.isAny()) {
      unknown(id, address, "it is not a constant");
    }
    for (Atom atom : value.atoms()) {
      switch (atom.base()) {
        case CONSTANT -> values.putIfAbsent(atom.offset() & mask, new Solver.Source(id, address));
        case ARGUMENT, STACK_ARGUMENT -> ask(new Question(id, atom), address);
        default -> {
          if (atom.is(Atom.Base.ADDRESS) && places.isPresent()) {
            places.get().add(new Linked.Place(callers.linked().moduleOf(id), atom.offset()));
          } else {
            unknown(id, address, "it is read from memory");
          }
        }
      }
    }
  }

  private void ask(Question question, long address) {
    if (asked.size() > MOST_QUESTIONS) {
      unknown(question.function(), address, "it is passed on in too many ways");
    } else if (asked.add(question)) {
      open.add(new Open(question, address));
    }
  }

  private void answer(Question question, long address) {
    int id = question.function();
    if (callers.isOpen(id)) {
      unknown(id, address, "it is an argument of a function that is called through pointers");
    }
    callers.of(id).forEach(caller -> passed(question, caller, address));
  }

  private void passed(Question question, int caller, long address) {
    var calls = callers.calls(caller, question.function());
    if (calls.isEmpty() || callers.isEnteredInside(caller)) {
      unknown(caller, address, "it is passed on in a way that is not followed");
    }
    calls.forEach(call -> value(caller, call.value(question.atom()), call.call().address()));
  }
}

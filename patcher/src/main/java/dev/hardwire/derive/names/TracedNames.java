package dev.hardwire.derive.names;

import dev.hardwire.derive.flow.Word;
import dev.hardwire.derive.link.Callers;
import dev.hardwire.derive.link.Flows;
import dev.hardwire.derive.link.Linked;
import dev.hardwire.derive.link.ReachableCode;
import dev.hardwire.derive.trace.ConstantWords;
import dev.hardwire.derive.trace.Trace;
import dev.hardwire.derive.trace.TracedCalls;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Names that a function passes to dlsym(3) after it has read them from arrays or from lists of
 * arguments: it is traced, with its callers as far as the names depend on them.
 */
final class TracedNames {
  private static final int MOST_FUNCTIONS = 64;

  /** Functions of glibc and how many arguments they have. */
  private static final Map<String, Integer> KNOWN =
      Map.of("dlopen", 2, "dlsym", 2, "dlvsym", 3, "dlerror", 0, "dlclose", 1);

  private final Linked linked;
  private final ConstantWords constants;
  private final Flows flows;
  private final Callers callers;
  private final Map<Integer, Integer> arguments = new HashMap<>();
  private final Map<Trace.Question, Optional<TracedCalls>> results = new HashMap<>();

  TracedNames(ReachableCode reach, Flows flows) {
    this.linked = reach.linked();
    this.constants = new ConstantWords(linked);
    this.flows = flows;
    this.callers = reach.calls(flows);
    for (int i = 0; i < linked.modules().size(); i++) {
      if (linked.module(i).symbols().defines("__libc_early_init")) {
        for (Map.Entry<String, Integer> one : KNOWN.entrySet()) {
          int symbol = linked.module(i).symbols().find(one.getKey(), "");
          int function = symbol == 0 ? -1 : linked.function(new Linked.Definition(i, symbol));
          if (function >= 0) {
            arguments.put(function, one.getValue());
          }
        }
      }
    }
  }

  /**
   * The names that a function passes.
   *
   * @param caller that calls dlsym(3), not only through pointers
   * @param lookup dlsym(3)
   * @param known gets their addresses
   * @return whether these are all
   */
  boolean find(int caller, int lookup, Set<Linked.Place> known) {
    Set<Integer> followed = new LinkedHashSet<>();
    Set<Integer> asked = new HashSet<>(Set.of(caller));
    List<Integer> open = new ArrayList<>(asked);
    List<TracedCalls> traces = new ArrayList<>();
    for (int i = 0; i < open.size(); i++) {
      int one = open.get(i);
      Optional<TracedCalls> trace = trace(one, lookup, Set.copyOf(followed));
      if (trace.isEmpty() || trace.get().functions().stream().anyMatch(callers::isEnteredInside)) {
        return false;
      }
      if (places(caller, trace.get().calls(), known)) {
        traces.add(trace.get());
        continue;
      }
      if (callers.isOpen(one) || callers.of(one).isEmpty() || asked.size() > MOST_FUNCTIONS) {
        return false;
      }
      followed.add(one);
      callers.of(one).stream().filter(asked::add).forEach(open::add);
    }
    return areSeen(caller, lookup, traces)
        && followed.stream()
            .allMatch(one -> callers.of(one).stream().allMatch(from -> areSeen(from, one, traces)));
  }

  /** Whether all calls of a function that another one makes were seen. */
  private boolean areSeen(int caller, int function, List<TracedCalls> traces) {
    List<Callers.Passing> calls = callers.calls(caller, function);
    int file = linked.moduleOf(caller);
    return !calls.isEmpty()
        && calls.stream()
            .allMatch(
                one -> traces.stream().anyMatch(trace -> trace.sees(file, one.call().address())));
  }

  /** Whether names that a function passes are known; if so, gets their addresses. */
  private boolean places(int caller, Set<TracedCalls.Call> calls, Set<Linked.Place> known) {
    Set<Linked.Place> found = new HashSet<>();
    for (TracedCalls.Call call : calls) {
      Word name = constants.located(call.name());
      if (name.is(Word.Kind.UNKNOWN)) {
        return false; // the trace ended there
      }
      if (!callers.owners(call.function()).contains(caller)) {
        continue;
      }
      if (name.is(Word.Kind.ADDRESS)) {
        found.add(new Linked.Place(name.file(), name.number()));
      } else if (!name.equals(Word.number(0))) { // which would end the program
        return false;
      }
    }
    known.addAll(found);
    return true;
  }

  private Optional<TracedCalls> trace(int function, int lookup, Set<Integer> followed) {
    return results.computeIfAbsent(
        new Trace.Question(function, lookup, followed),
        question -> Trace.of(linked, flows, arguments, question));
  }
}

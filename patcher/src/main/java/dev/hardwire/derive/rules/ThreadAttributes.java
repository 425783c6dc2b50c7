package dev.hardwire.derive.rules;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.flow.Atom;
import dev.hardwire.derive.flow.Value;
import dev.hardwire.derive.link.Callers;
import dev.hardwire.derive.link.Flows;
import dev.hardwire.derive.link.ReachableCode;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * Attributes of running threads, which pthread_getattr_np(3) gets, and those of new threads. They
 * are different objects if they are variables of different functions.
 */
final class ThreadAttributes {
  private static final int DEEPEST = 3;

  private final Flows flows;
  private final BitSet getters;
  private final BitSet creators;
  private final BitSet defaults;

  /** Functions that get attributes into variables of their own. */
  private final Set<Integer> getting = new HashSet<>();

  /** Functions that pass variables of their own to what creates threads. */
  private final Set<Integer> creating = new HashSet<>();

  private boolean unknown;

  /**
   * Follows attributes.
   *
   * @param functions gets those with some names
   */
  ThreadAttributes(Function<Set<String>, BitSet> functions, Flows flows) {
    this.flows = flows;
    this.getters = functions.apply(Set.of("pthread_getattr_np"));
    this.creators = functions.apply(Set.of("pthread_create"));
    this.defaults = functions.apply(Set.of("pthread_setattr_default_np"));
  }

  /**
   * pthread_getattr_np(3), if nothing passes on what it gets.
   *
   * @return empty if threads may be created with it
   */
  BitSet ownGetters(ReachableCode reach) {
    if (getters.stream().noneMatch(reach::contains)) {
      return getters;
    }
    unknown |= defaults.stream().anyMatch(reach::contains);
    Callers callers = reach.calls(flows);
    for (int id : getters.stream().filter(reach::contains).toArray()) {
      collect(callers, id, Instruction.RSI, getting, false, DEEPEST);
    }
    for (int id : creators.stream().filter(reach::contains).toArray()) {
      collect(callers, id, Instruction.RSI, creating, true, DEEPEST);
    }
    return unknown || !Collections.disjoint(getting, creating) ? new BitSet() : getters;
  }

  /**
   * Finds whose variables an argument of a function is.
   *
   * @param register that has it
   * @param fixed whether they may be constants and variables of files
   * @param depth how many functions may pass it on
   */
  private void collect(
      Callers callers, int id, int register, Set<Integer> owners, boolean fixed, int depth) {
    unknown |= depth == 0 || callers.isOpen(id);
    for (int caller : unknown ? Set.<Integer>of() : callers.of(id)) {
      List<Callers.Passing> calls = callers.calls(caller, id);
      unknown |= calls.isEmpty() || callers.isEnteredInside(caller);
      for (Callers.Passing call : calls) {
        Value passed = call.call().state().register(register);
        unknown |= passed.isAny();
        for (Atom atom : passed.atoms()) {
          switch (atom.base()) {
            case STACK -> owners.add(caller);
            case ARGUMENT -> collect(callers, caller, (int) atom.key(), owners, fixed, depth - 1);
            case CONSTANT, ADDRESS -> unknown |= !fixed;
            default -> unknown = true;
          }
        }
      }
    }
  }
}

package dev.hardwire.derive.link;

import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Reference;
import dev.hardwire.derive.module.Symbols;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What internal functions of glibc do only for programs that use certain other functions of it,
 * which are found by their names.
 */
final class Unused {
  private static final long EXIT = 60;
  private static final long SET_AFFINITY = 203;

  private static final String AFFINITY = "pthread_attr_setaffinity_np";

  private static final String SERVICES =
      "rpc: ending threads unregister no services of RPC, since svc_register is not reached";
  private static final String MAIN =
      "main-thread: the main thread does not end before the program, since pthread_exit and"
          + " pthread_cancel are not reached";
  private static final String PROCESSORS =
      "thread-affinity: threads are created on the processors of their creators, since"
          + " pthread_attr_setaffinity_np is not reached";

  /**
   * Something that does not happen.
   *
   * @param text the rule
   * @param callers functions in which it does not
   * @param callees functions that they do not call
   * @param number of the system call that they do not make; -1 for none
   * @param users it may happen once one of these functions is reached
   * @param copiers functions that call users only for what a user was called for before
   */
  private record Case(
      String text, BitSet callers, BitSet callees, long number, BitSet users, BitSet copiers) {
    boolean isUsed(Reach reach) {
      return users.stream().filter(reach::contains).anyMatch(id -> isUsed(reach, id));
    }

    private boolean isUsed(Reach reach, int user) {
      int[] by = reach.callers(user);
      return reach.isTaken(user) || by.length == 0 || !Arrays.stream(by).allMatch(copiers::get);
    }
  }

  private final Linked linked;
  private final int library;

  /** The functions that have names for other files. */
  private final BitSet exported;

  private final List<Case> cases = new ArrayList<>();
  private final Set<String> applied = new HashSet<>();

  /**
   * Finds the functions.
   *
   * @param library the index of glibc; -1 for none
   */
  Unused(Linked linked, int library) {
    this.linked = linked;
    this.library = library;
    this.exported = library < 0 ? new BitSet() : exported();
    if (library < 0) {
      return;
    }
    BitSet unregister = named(Set.of("svc_unregister"));
    add(SERVICES, callers(unregister), unregister, -1, Set.of("svc_register"));
    add(
        MAIN,
        callees(Set.of("__libc_start_main")),
        new BitSet(),
        EXIT,
        Set.of("pthread_exit", "pthread_cancel"));
    add(
        PROCESSORS,
        callees(Set.of("pthread_create")),
        new BitSet(),
        SET_AFFINITY,
        Set.of(AFFINITY));
    BitSet copiers = callers(named(Set.of(AFFINITY))); // of attributes that have it
    copiers.and(callees(Set.of("pthread_getattr_default_np")));
    cases.stream()
        .filter(one -> one.number() == SET_AFFINITY)
        .forEach(one -> one.copiers().or(copiers));
  }

  private void add(String text, BitSet callers, BitSet callees, long number, Set<String> names) {
    BitSet users = new BitSet();
    for (String name : names) {
      BitSet found = named(Set.of(name));
      if (found.isEmpty()) {
        return; // another libc
      }
      users.or(found);
    }
    cases.add(new Case(text, callers, callees, number, users, new BitSet()));
  }

  /** Whether a function does not call another one. */
  boolean cut(int from, int to) {
    for (Case one : cases) {
      if (one.callees().get(to) && one.callers().get(from)) {
        applied.add(one.text());
        return true;
      }
    }
    return false;
  }

  /** Whether a function does not make a system call. */
  boolean isDead(int id, long number) {
    for (Case one : cases) {
      if (one.number() == number && one.callers().get(id)) {
        applied.add(one.text());
        return true;
      }
    }
    return false;
  }

  /** The rules that left something out. */
  Set<String> applied() {
    return new TreeSet<>(applied);
  }

  /**
   * Takes back what does not hold, since more functions are reached.
   *
   * @param before whether that is what runs before the hook
   * @return whether there was something
   */
  boolean follow(Reach reach, boolean before) {
    List<Case> wrong = cases.stream().filter(one -> one.isUsed(reach)).toList();
    cases.removeAll(wrong);
    for (Case one : wrong) {
      applied.remove(one.text());
      if (!before) {
        one.callers().stream().forEach(reach::again);
      }
    }
    return !wrong.isEmpty();
  }

  /** All versions of functions. */
  private BitSet named(Set<String> names) {
    Symbols symbols = linked.module(library).symbols();
    BitSet found = new BitSet();
    for (int symbol : symbols.functions()) {
      int id =
          names.contains(symbols.name(symbol)) ? linked.at(library, symbols.value(symbol)) : -1;
      if (id >= 0) {
        found.set(id);
      }
    }
    return found;
  }

  /** Internal functions that call others. */
  private BitSet callers(BitSet callees) {
    Functions functions = linked.module(library).functions();
    BitSet found = new BitSet();
    for (int f = 0; f < functions.count(); f++) {
      for (int at = functions.firstReference(f); at < functions.firstReference(f + 1); at++) {
        int target = called(functions.reference(at));
        if (target >= 0 && callees.get(target)) {
          found.set(linked.id(library, f));
        }
      }
    }
    found.andNot(exported);
    return found;
  }

  /** Internal functions that others call. */
  private BitSet callees(Set<String> names) {
    BitSet found = new BitSet();
    named(names).stream().forEach(id -> found.or(calls(id)));
    found.andNot(exported);
    return found;
  }

  private BitSet exported() {
    Symbols symbols = linked.module(library).symbols();
    BitSet found = new BitSet();
    for (int symbol : symbols.functions()) {
      int id = linked.at(library, symbols.value(symbol));
      if (id >= 0) {
        found.set(id);
      }
    }
    return found;
  }

  private BitSet calls(int id) {
    Functions functions = linked.functionsOf(id);
    int function = linked.functionOf(id);
    BitSet found = new BitSet();
    for (int at = functions.firstReference(function);
        at < functions.firstReference(function + 1);
        at++) {
      int target = called(functions.reference(at));
      if (target >= 0) {
        found.set(target);
      }
    }
    return found;
  }

  /** The function that a reference calls; -1 for none. */
  private int called(long reference) {
    return Reference.kind(reference) == Reference.CALL
        ? linked.at(library, Reference.address(reference))
        : -1;
  }
}

package dev.hardwire.derive.rules;

import dev.hardwire.derive.flow.Atom;
import dev.hardwire.derive.flow.Facts;
import dev.hardwire.derive.link.Flows;
import dev.hardwire.derive.link.ReachableCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What internal functions of glibc do only for programs that use certain other functions of it,
 * which are found by their names.
 */
final class Unused {
  private static final long CLONE3 = 435;
  private static final long EXIT = 60;
  private static final long SET_AFFINITY = 203;

  private static final String AFFINITY = "pthread_attr_setaffinity_np";

  private static final String SERVICES =
      "rpc: ending threads unregister no services of RPC, since svc_register is not reached";
  private static final String MAIN =
      "main-thread: the main thread does not end before the program, since pthread_exit and"
          + " pthread_cancel are not reached";
  private static final String DIRECTORIES =
      "temporary: functions for temporary files make no directories, since mkdtemp is not reached";
  private static final String CHILDREN =
      "child: what posix_spawn runs in new processes does not return there, and nothing else does,"
          + " since pthread_create and clone are not reached";
  private static final String ARENAS =
      "arenas: malloc does not count the processors, since a program without threads has at most two"
          + " arenas: pthread_create and clone are not reached";
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
    /**
     * Whether it may happen.
     *
     * @param others functions that call users for something else
     */
    boolean isUsed(ReachableCode reach, BitSet others) {
      BitSet all = (BitSet) others.clone();
      all.or(copiers);
      return users.stream().filter(reach::contains).anyMatch(id -> Unused.isUsed(reach, id, all));
    }
  }

  private final List<Case> cases = new ArrayList<>();
  private final AppliedRules applied;
  private final Optional<ThreadAttributes> attributes;

  /**
   * Finds the functions.
   *
   * @param library empty if there is no glibc
   */
  Unused(Optional<GlibcFunctions> library, Flows flows, AppliedRules applied) {
    this.applied = applied;
    this.attributes = library.map(found -> new ThreadAttributes(found::versions, flows));
    library.ifPresent(
        found -> {
          find(found);
          arenas(found);
          children(found, flows);
        });
  }

  /**
   * The function that makes arenas. A thread leaves its arena only if that has no memory left, for
   * a second one, and then goes back to the first. It counts the processors if there are more
   * arenas than a number that is at least one: not for the second.
   */
  private void arenas(GlibcFunctions library) {
    BitSet processors = library.versions(Set.of("get_nprocs"));
    BitSet makers = library.callers(processors);
    makers.and(library.callees(library.versions(Set.of("malloc"))));
    add(library, ARENAS, makers, processors, -1, Set.of("pthread_create", "clone"));
    exceptSpawning(ARENAS, library);
  }

  /** What makes processes by clone(2) does not use a feature. */
  private void exceptSpawning(String text, GlibcFunctions library) {
    BitSet wrappers = library.callers(library.versions(Set.of("clone")));
    cases.stream()
        .filter(one -> one.text().equals(text))
        .forEach(one -> one.copiers().or(wrappers));
  }

  /** The functions that make processes, and end them if what they call there returns. */
  private void children(GlibcFunctions library, Flows flows) {
    BitSet clone = library.versions(Set.of("clone"));
    BitSet wrappers = library.callers(clone);
    BitSet spawns = library.callees(library.callees(library.versions(Set.of("posix_spawn"))));
    for (int spawn : spawns.stream().toArray()) {
      BitSet called = library.calls(spawn);
      if (called.intersects(wrappers) && library.takesOnlyEndless(spawn)) {
        BitSet starters = (BitSet) clone.clone();
        called.stream()
            .filter(id -> library.isInternal(id) && startsAndEnds(flows, id))
            .forEach(id -> starters.set(id, library.endOfParts(id, flows)));
        add(library, CHILDREN, starters, new BitSet(), EXIT, Set.of("pthread_create", "clone"));
        exceptSpawning(CHILDREN, library);
        return;
      }
    }
  }

  /** Whether a function makes only the calls clone3 and exit. */
  private static boolean startsAndEnds(Flows flows, int id) {
    Set<Long> numbers = new HashSet<>();
    for (Facts.Site site : flows.ofSmall(id).map(Facts::sites).orElse(List.of())) {
      site.number().atoms().stream()
          .filter(atom -> atom.is(Atom.Base.CONSTANT))
          .forEach(atom -> numbers.add(atom.offset()));
    }
    return numbers.equals(Set.of(CLONE3, EXIT));
  }

  private void find(GlibcFunctions library) {
    BitSet unregister = library.versions(Set.of("svc_unregister"));
    add(library, SERVICES, library.callers(unregister), unregister, -1, Set.of("svc_register"));
    BitSet mkdir = library.versions(Set.of("mkdir"));
    add(library, DIRECTORIES, library.jumpers(mkdir), mkdir, -1, Set.of("mkdtemp"));
    add(
        library,
        MAIN,
        library.callees(library.versions(Set.of("__libc_start_main"))),
        new BitSet(),
        EXIT,
        Set.of("pthread_exit", "pthread_cancel"));
    add(
        library,
        PROCESSORS,
        library.callees(library.versions(Set.of("pthread_create"))),
        new BitSet(),
        SET_AFFINITY,
        Set.of(AFFINITY));
    // of attributes that have it
    BitSet copiers = library.callers(library.versions(Set.of(AFFINITY)));
    copiers.and(library.callees(library.versions(Set.of("pthread_getattr_default_np"))));
    cases.stream()
        .filter(one -> one.number() == SET_AFFINITY)
        .forEach(one -> one.copiers().or(copiers));
  }

  private void add(
      GlibcFunctions library,
      String text,
      BitSet callers,
      BitSet callees,
      long number,
      Set<String> names) {
    BitSet users = new BitSet();
    for (String name : names) {
      BitSet found = library.versions(Set.of(name));
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
      if (applied.add(one.callees().get(to) && one.callers().get(from), one.text())) {
        return true;
      }
    }
    return false;
  }

  /** Whether a function does not make a system call. */
  boolean isDead(int id, long number) {
    for (Case one : cases) {
      if (applied.add(one.number() == number && one.callers().get(id), one.text())) {
        return true;
      }
    }
    return false;
  }

  /** Whether something calls a reached function, or may do so, besides some others. */
  static boolean isUsed(ReachableCode reach, int id, BitSet others) {
    int[] by = reach.callers(id);
    return reach.isTaken(id) || by.length == 0 || !Arrays.stream(by).allMatch(others::get);
  }

  /** The functions that use a feature, but not for what its case is about. */
  private BitSet others(Case one, ReachableCode reach) {
    return one.number() == SET_AFFINITY
        ? attributes.map(found -> found.ownGetters(reach)).orElseGet(BitSet::new)
        : new BitSet();
  }

  /** Takes back what does not hold, since more functions are reached; whether there was any. */
  boolean revise(ReachableCode reach) {
    List<Case> wrong = cases.stream().filter(one -> one.isUsed(reach, others(one, reach))).toList();
    wrong.forEach(one -> applied.remove(one.text()));
    return cases.removeAll(wrong);
  }

  /** The functions that calls which may be cut lead to. */
  BitSet concerned() {
    BitSet found = new BitSet();
    cases.forEach(one -> found.or(one.callees()));
    return found;
  }
}

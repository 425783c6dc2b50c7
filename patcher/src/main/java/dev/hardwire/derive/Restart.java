package dev.hardwire.derive;

import dev.hardwire.derive.link.ArgumentSolver;
import dev.hardwire.derive.link.Solver;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;

/**
 * Calls that the kernel may continue by restart_syscall(2), when a signal has stopped the program
 * and it goes on without a handler. A call of futex(2) without a timeout is made again instead.
 */
final class Restart {
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

package dev.hardwire.learn.record;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Predicate;

/** The threads of a trace that are within a call that may create another thread. */
final class CloningTasks {
  private final Set<Task> tasks = new LinkedHashSet<>();

  /** Whether a search has found no confined thread, and nothing has changed since. */
  private boolean noneConfined;

  void add(Task task) {
    tasks.add(task);
    noneConfined &= !isConfined(task);
  }

  void remove(Task task) {
    tasks.remove(task);
  }

  /** Makes {@code to} take the place of {@code from}. */
  void move(Task from, Task to) {
    if (tasks.remove(from)) {
      add(to);
    }
  }

  /** Takes note of a thread whose scope has changed. */
  void changed() {
    noneConfined = false;
  }

  void clear() {
    tasks.clear();
  }

  /** Whether one of the live threads is confined. */
  boolean isConfined(Predicate<Task> live) {
    if (!noneConfined) {
      noneConfined = tasks.stream().noneMatch(task -> live.test(task) && isConfined(task));
    }
    return !noneConfined;
  }

  private static boolean isConfined(Task task) {
    return task.scope().confined().get().orElse(false);
  }
}

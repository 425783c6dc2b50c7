package dev.hardwire.learn;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The threads of one trace.
 *
 * <p>Invariant: at most {@link #LIMIT} at a time.
 */
final class Tasks {
  /** The maximum number of threads at a time; no real system has more. */
  static final int LIMIT = 1 << 15;

  private final Recorder recorder;
  private final Totals totals;

  /** Whether each thread has a file of its own, in any order. */
  private final boolean separate;

  private final Map<Integer, Task> live = new HashMap<>();

  /** Threads that ended before the log showed their parents. */
  private final Map<Integer, Task> orphans = new HashMap<>();

  /** The thread whose lines have no number, until a number is found for it. */
  private Task nameless;

  /** The thread of the last line without a number. */
  private Task last;

  /** The number of threads within a call that may create another thread. */
  private int inClone;

  Tasks(Recorder recorder, Totals totals, boolean separate) {
    this.recorder = recorder;
    this.totals = totals;
    this.separate = separate;
  }

  static boolean isClone(String call) {
    return call.equals("clone")
        || call.equals("clone3")
        || call.equals("fork")
        || call.equals("vfork");
  }

  /**
   * The thread of a line.
   *
   * @param resumes whether the line ends a call
   */
  Task of(OptionalInt pid, boolean resumes) {
    if (pid.isPresent()) {
      Task known = live.get(pid.getAsInt());
      Task task = known != null ? known : numbered(pid.getAsInt(), resumes);
      task.seen = true;
      return task;
    }
    if (nameless != null) {
      return nameless;
    }
    // strace omits numbers while it traces one thread; there may be children to find.
    List<Task> seen = live.values().stream().filter(task -> task.seen).toList();
    if (seen.size() == 1) {
      last = seen.get(0);
    } else if (last == null || !live.containsValue(last)) {
      nameless = create(0, false);
      return nameless;
    }
    return last;
  }

  /** An unknown number: a new thread, or the thread that had none so far. */
  private Task numbered(int pid, boolean resumes) {
    boolean cloning =
        nameless != null && nameless.pending != null && isClone(nameless.pending.name());
    if (nameless != null && (!cloning || resumes)) {
      Task named = nameless;
      nameless = null;
      named.pid = pid;
      live.put(pid, named);
      named.fate().selected().settle(isWanted(pid));
      named.refresh();
      return named;
    }
    return create(pid, false);
  }

  private boolean isWanted(int pid) {
    OptionalInt wanted = recorder.options.pid();
    return wanted.isEmpty() || wanted.getAsInt() == pid;
  }

  /**
   * A new thread.
   *
   * @param child whether it certainly has a parent in the log
   */
  private Task create(int pid, boolean child) {
    if (live.size() + orphans.size() >= LIMIT) {
      throw new LearnException("more than " + LIMIT + " threads at a time: this is no trace");
    }
    boolean root = !child && !separate && inClone == 0;
    ThreadScope fate = ThreadScope.unknown();
    if (recorder.options.pid().isPresent() && isWanted(pid)) {
      fate.selected().settle(true);
    }
    Task task = new Task(pid, fate, totals);
    if (root) {
      settle(task);
      task.refresh();
    } else if (!separate) {
      task.guess = live.values().stream().anyMatch(Tasks::clonesConfined);
    }
    if (pid != 0) {
      live.put(pid, task);
    }
    return task;
  }

  private static boolean clonesConfined(Task task) {
    return task.pending != null
        && isClone(task.pending.name())
        && task.fate().confined().get().orElse(false);
  }

  /** Sets the initial scope of a thread without a parent in the log. */
  private void settle(Task task) {
    task.linked = true;
    task.fate().confined().settle(task.guess);
    if (task.pid != 0 || recorder.options.pid().isEmpty()) { // its number may still be found
      task.fate().selected().settle(recorder.options.pid().isEmpty());
    }
    task.fate().executable().settle(recorder.options.exe().isEmpty());
  }

  /** A thread that strace reports before its first call. */
  void attached(int pid) {
    if (!live.containsKey(pid)) {
      create(pid, nameless != null || !live.isEmpty());
    }
    live.get(pid).seen = true;
  }

  void begins(Task task, Task.Pending call) {
    inClone += isClone(call.name()) ? 1 : 0;
    task.pending = call;
  }

  /** The unfinished call of the thread; null if there is none. */
  Task.Pending ends(Task task) {
    Task.Pending call = task.pending;
    inClone -= call != null && isClone(call.name()) ? 1 : 0;
    task.pending = null;
    return call;
  }

  /** Makes {@code pid} a child of {@code parent}. */
  void link(Task parent, int pid, boolean thread) {
    Task child = live.get(pid);
    Task orphan = child == null ? orphans.remove(pid) : null;
    child = child == null ? orphan : child;
    if (child == null || child.linked) {
      child = create(pid, true);
    }
    child.linked = true;
    child.child = true;
    child.fate().follow(parent.fate());
    if (isWanted(pid) && recorder.options.pid().isPresent()) {
      child.become(
          new ThreadScope(
              child.fate().confined(), DeferredBoolean.of(true), child.fate().executable()));
    }
    if (thread) {
      child.join(parent.group);
    }
    child.refresh();
    if (child.firstExecve != null) {
      Task.Pending execve = child.firstExecve;
      recorder.countTraced(child.tally(), execve.name(), execve.arguments(), execve.place());
      child.firstExecve = null;
    }
    if (child == orphan) {
      child.leave();
    }
  }

  /** The thread {@code by}, which called execve, continues with the ID {@code leader}. */
  void superseded(Task leader, int by) {
    Task caller = live.get(by);
    if (caller == null || caller == leader) {
      return;
    }
    leader.become(caller.fate());
    ends(leader);
    leader.pending = caller.pending;
    leader.linked |= caller.linked;
    live.remove(by);
    caller.leave();
  }

  void gone(Task task) {
    ends(task);
    if (task == nameless) {
      nameless = null;
    }
    live.remove(task.pid, task);
    if (task.linked) {
      task.leave();
    } else {
      task.group.tasks.remove(task);
      orphans.put(task.pid, task);
    }
  }

  List<Task> live() {
    List<Task> all = new ArrayList<>(live.values());
    if (nameless != null) {
      all.add(nameless);
    }
    return all;
  }

  /** Ends the trace: threads without a known parent have none. */
  void finish() {
    List<Task> all = live();
    all.addAll(orphans.values());
    for (Task task : all) {
      if (!task.linked) {
        settle(task);
      }
      task.fate().selected().settle(recorder.options.pid().isEmpty());
    }
    all.forEach(Task::leave);
    live.clear();
    orphans.clear();
    nameless = null;
  }
}

package dev.hardwire.learn.record;

import dev.hardwire.learn.log.LearnException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The threads of one trace.
 *
 * <p>Invariant: at most {@link #LIMIT} at a time.
 */
public final class Tasks {
  /** The maximum number of threads at a time; no real system has more. */
  public static final int LIMIT = 1 << 15;

  private final Recorder recorder;
  private final Totals totals;

  /** Whether each thread has a file of its own, in any order. */
  private final boolean separate;

  private final Map<Integer, Task> live = new HashMap<>();

  /** The live threads with a line of their own. */
  private final Set<Task> seen = new HashSet<>();

  /** Threads within a call that may create another thread. */
  private final CloningTasks cloning = new CloningTasks();

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
      see(task);
      return task;
    }
    if (nameless != null) {
      return nameless;
    }
    // strace omits numbers while it traces one thread; there may be children to find.
    if (seen.size() == 1) {
      last = seen.iterator().next();
    } else if (last == null || !isLive(last)) {
      nameless = create(0, false);
      return nameless;
    }
    return last;
  }

  private boolean isLive(Task task) {
    return live.get(task.pid) == task;
  }

  private void see(Task task) {
    if (isLive(task)) {
      seen.add(task);
    }
  }

  /** Adds a thread, in place of an earlier one with its number. */
  private void enter(Task task) {
    changed();
    Task earlier = live.put(task.pid, task);
    if (earlier != null && earlier != task) {
      seen.remove(earlier);
      cloning.remove(earlier);
    }
  }

  private void exit(Task task) {
    if (live.remove(task.pid, task)) {
      seen.remove(task);
      cloning.remove(task);
    }
  }

  /** An unknown number: a new thread, or the thread that had none so far. */
  private Task numbered(int pid, boolean resumes) {
    boolean cloning =
        nameless != null && nameless.pending != null && isClone(nameless.pending.name());
    if (nameless != null && (!cloning || resumes)) {
      Task named = nameless;
      nameless = null;
      named.pid = pid;
      enter(named);
      named.scope().selected().settle(isWanted(pid));
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
    ThreadScope scope = ThreadScope.unknown();
    if (recorder.options.pid().isPresent() && isWanted(pid)) {
      scope.selected().settle(true);
    }
    Task task = new Task(pid, scope, totals);
    if (root) {
      settle(task);
      task.refresh();
    } else if (!separate) {
      task.guess = cloning.isConfined(this::isLive);
    }
    if (pid != 0) {
      enter(task);
    }
    return task;
  }

  /** Takes note of a thread whose scope has changed. */
  void changed() {
    cloning.changed();
  }

  /** Sets the initial scope of a thread without a parent in the log. */
  private void settle(Task task) {
    changed();
    task.linked = true;
    task.scope().confined().settle(task.guess);
    if (task.pid != 0 || recorder.options.pid().isEmpty()) { // its number may still be found
      task.scope().selected().settle(recorder.options.pid().isEmpty());
    }
    task.scope().executable().settle(recorder.options.exe().isEmpty());
  }

  /** A thread that strace reports before its first call. */
  void attached(int pid) {
    if (!live.containsKey(pid)) {
      create(pid, nameless != null || !live.isEmpty());
    }
    see(live.get(pid));
  }

  void begins(Task task, Task.Pending call) {
    task.pending = call;
    if (isClone(call.name())) {
      inClone++;
      cloning.add(task);
    }
  }

  /** The unfinished call of the thread; null if there is none. */
  Task.Pending ends(Task task) {
    Task.Pending call = task.pending;
    inClone -= call != null && isClone(call.name()) ? 1 : 0;
    task.pending = null;
    cloning.remove(task);
    return call;
  }

  void link(Task parent, int pid, boolean thread) {
    Task child = live.get(pid);
    Task orphan = child == null ? orphans.remove(pid) : null;
    child = child == null ? orphan : child;
    if (child == null || child.linked) {
      child = create(pid, true);
    }
    changed();
    child.linked = true;
    child.child = true;
    if (!child.scope().isSettled()) { // its counts are its own
      child.counts().begin(parent.group.begun);
    }
    parent.forks(child.group);
    child.scope().follow(parent.scope());
    child.image = child.image.isEmpty() ? parent.image : child.image;
    if (isWanted(pid) && recorder.options.pid().isPresent()) {
      child.become(
          new ThreadScope(
              child.scope().confined(), DeferredBoolean.of(true), child.scope().executable()));
    }
    if (thread) {
      child.join(parent.group);
    }
    child.refresh();
    if (child.firstExecve != null) {
      recorder.countTraced(child, child.firstExecve);
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
    changed();
    leader.become(caller.scope());
    leader.image = caller.image;
    ends(leader);
    leader.pending = caller.pending;
    leader.linked |= caller.linked;
    cloning.move(caller, leader);
    exit(caller);
    caller.leave();
  }

  void gone(Task task) {
    ends(task);
    if (task == nameless) {
      nameless = null;
    }
    exit(task);
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
      task.scope().selected().settle(recorder.options.pid().isEmpty());
    }
    all.forEach(Task::leave);
    live.clear();
    seen.clear();
    cloning.clear();
    orphans.clear();
    nameless = null;
  }

  /** The threads of a trace that are within a call that may create another thread. */
  private static final class CloningTasks {
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
}

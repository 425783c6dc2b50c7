package dev.hardwire.learn;

import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/** A thread in a trace, as far as the trace has been read. */
final class Task {
  /** The threads of a process. */
  static final class Group {
    final Set<Task> tasks = new LinkedHashSet<>();
  }

  /**
   * A call that has begun.
   *
   * @param arguments as far as they are known; empty where nobody asks for them
   */
  record Pending(String name, Optional<String> arguments, Place place) {}

  private final Totals totals;

  /** 0 while it is not known. */
  int pid;

  Group group = new Group();
  Pending pending;

  /** Whether it is the child of another one in the log. */
  boolean child;

  /** Whether its parent, or that there is none in the log, is known. */
  boolean linked;

  /** Whether it seems to be the child of a confined process. */
  boolean guess;

  /** The execve that was the first thing it did; strace itself starts programs so. */
  Pending firstExecve;

  boolean started;

  /** Whether any line was about it, and not only about its parent's call. */
  boolean seen;

  /** The architecture whose calls it makes, if it is another one. */
  String otherArchitecture = "";

  private ThreadScope fate;
  private CallCounts tally;

  Task(int pid, ThreadScope fate, Totals totals) {
    this.pid = pid;
    this.totals = totals;
    this.fate = fate;
    this.tally = totals.of(fate);
    group.tasks.add(this);
  }

  ThreadScope fate() {
    return fate;
  }

  /** Where its calls are counted now. */
  CallCounts tally() {
    return tally;
  }

  /** From now on another fate. */
  void become(ThreadScope next) {
    totals.park(fate, tally);
    fate = next;
    tally = totals.of(next);
  }

  /** Takes note that the fate may have been settled. */
  void refresh() {
    if (fate.isSettled()) {
      become(fate);
    }
  }

  void join(Group other) {
    group.tasks.remove(this);
    group = other;
    group.tasks.add(this);
  }

  /** The end: what was counted goes where it belongs. */
  void leave() {
    totals.park(fate, tally);
    group.tasks.remove(this);
  }
}

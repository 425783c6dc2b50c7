package dev.hardwire.learn.record;

import dev.hardwire.learn.log.Place;
import dev.hardwire.learn.log.StraceText;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The state of a thread in a trace, up to the last line read. */
final class Task {
  /** The threads of a process. */
  static final class Group {
    final Set<Task> tasks = new LinkedHashSet<>();

    /** The moments that have come, as bits of {@link Triggers}. */
    int begun;

    /** What its threads may do at the same time. */
    final Races races = new Races();

    /** Whether the stub of a copy that was executed under the policy has not done its work. */
    boolean isStarting;

    /** Whether it executes another program than the one to which the policy belongs. */
    private boolean foreign;

    /** The working directory; null if it is not known. */
    private String directory;

    void moveTo(String path) {
      directory = path;
    }

    Optional<String> directory(String otherwise) {
      String path = directory == null ? otherwise : directory;
      return Optional.of(path).filter(text -> text.startsWith("/"));
    }

    /** The moment of a call; in other programs, no phase begins. */
    private int moment(String call) {
      return foreign ? 0 : Triggers.bit(call);
    }

    void executes() {
      foreign = true;
    }

    /** The copy that ran in place of the program is executed again. */
    void executesCopy() {
      isStarting = true;
    }

    /** The policy is installed. */
    void starts() {
      foreign = false;
      begun = 0;
      races.clear();
      tasks.forEach(task -> task.early.clear());
    }

    void inherit(Group parent) {
      begun |= parent.begun;
      foreign |= parent.foreign;
      directory = directory == null ? parent.directory : directory;
    }
  }

  /**
   * A call that has begun.
   *
   * @param arguments as far as they are known; empty if they are not needed
   */
  record Pending(String name, Optional<String> arguments, Place place) {}

  private final Totals totals;

  /** 0 until it is known. */
  int pid;

  Group group = new Group();
  private final Races.Early early = new Races.Early();
  Pending pending;

  /** Whether it is the child of another thread in the log. */
  boolean child;

  /** Whether it is known which thread is its parent, or that it has none in the log. */
  boolean linked;

  /** Whether it is probably the child of a confined process. */
  boolean guess;

  /** The execve that was its first call, which is how strace starts programs. */
  Pending firstExecve;

  boolean started;

  /** The architecture of its calls, if it is another one. */
  String otherArchitecture = "";

  /** The program that it executes, as it was named; empty if that is not known. */
  String image = "";

  /** A library that it opened last, and its descriptor. */
  private String library;

  private String descriptor;

  private ThreadScope scope;
  private CallCounts counts;

  Task(int pid, ThreadScope scope, Totals totals) {
    this.pid = pid;
    this.totals = totals;
    this.scope = scope;
    this.counts = totals.of(scope);
    group.tasks.add(this);
  }

  ThreadScope scope() {
    return scope;
  }

  CallCounts counts() {
    return counts;
  }

  /** Changes the scope from now on. */
  void become(ThreadScope next) {
    totals.park(scope, counts);
    scope = next;
    counts = totals.of(next);
  }

  /** Updates the counts after the scope may have become known. */
  void refresh() {
    if (scope.isSettled()) {
      become(scope);
    }
  }

  /**
   * What a path stands for that the thread executes: it may be a name of its own file (proc(5)).
   */
  String executed(String path) {
    boolean isOwn =
        path.equals("/proc/self/exe")
            || path.equals("/proc/thread-self/exe")
            || path.equals("/proc/" + pid + "/exe");
    return isOwn && !image.isEmpty() ? image : path;
  }

  void calls(String name) {
    int moment = group.moment(name);
    group.begun |= moment;
    if (moment != 0 && early.begins(moment)) {
      group.races.begins(moment);
    }
    if (group.races.isThreaded() || !linked) {
      early.calls(name);
    }
    group.races.passOn(name);
  }

  /** What a child process has from this thread. */
  void forks(Group child) {
    child.inherit(group);
    child.races.follow(group.races, early);
  }

  /** Opens a library; it counts only when it is mapped as code. */
  void opens(String path, String number) {
    library = path;
    descriptor = number;
  }

  void maps(String arguments, Images images) {
    if (library != null && arguments.contains("PROT_EXEC")) {
      List<String> list = StraceText.arguments(arguments);
      if (list.size() > 4 && list.get(4).replaceAll("<.*", "").equals(descriptor)) {
        images.library(image, library);
        library = null;
      }
    }
  }

  void join(Group other) {
    group.tasks.remove(this);
    group = other;
    group.tasks.add(this);
    group.races.join(early);
  }

  /** Ends the thread and adds its counts to the totals. */
  void leave() {
    totals.park(scope, counts);
    group.tasks.remove(this);
    group.races.leave(early);
    if (group.tasks.isEmpty()) {
      totals.later(group.races.late());
    }
  }
}

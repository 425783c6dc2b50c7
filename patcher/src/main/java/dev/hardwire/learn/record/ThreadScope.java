package dev.hardwire.learn.record;

/**
 * How a thread's calls are counted.
 *
 * @param confined whether a policy had been installed
 * @param selected whether the process is among those to learn from
 * @param executable whether its executable is the one to learn from
 */
record ThreadScope(DeferredBoolean confined, DeferredBoolean selected, DeferredBoolean executable) {
  static ThreadScope unknown() {
    return new ThreadScope(new DeferredBoolean(), new DeferredBoolean(), new DeferredBoolean());
  }

  ThreadScope withConfined() {
    return new ThreadScope(DeferredBoolean.of(true), selected, executable);
  }

  ThreadScope withExecutable(boolean matches) {
    return new ThreadScope(confined, selected, DeferredBoolean.of(matches));
  }

  boolean isSettled() {
    return confined.get().isPresent() && selected.get().isPresent() && executable.get().isPresent();
  }

  /** Whether the calls of the thread may count. */
  boolean mayCount() {
    return selected.get().orElse(true) && executable.get().orElse(true);
  }

  /** The scope of a child is that of its parent at that time. */
  void follow(ThreadScope parent) {
    confined.follow(parent.confined);
    selected.follow(parent.selected);
    executable.follow(parent.executable);
  }
}

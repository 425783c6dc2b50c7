package dev.hardwire.learn;

/**
 * What becomes of a thread's calls.
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

  /** Whether what the thread does may be something to learn from. */
  boolean mayCount() {
    return selected.get().orElse(true) && executable.get().orElse(true);
  }

  /** The fate of a child is its parent's at that time. */
  void follow(ThreadScope parent) {
    confined.follow(parent.confined);
    selected.follow(parent.selected);
    executable.follow(parent.executable);
  }
}

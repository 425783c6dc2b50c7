package dev.hardwire.learn;

/**
 * What becomes of a thread's calls.
 *
 * @param confined whether a policy had been installed
 * @param selected whether the process is among those to learn from
 * @param executable whether its executable is the one to learn from
 */
record Fate(Cell confined, Cell selected, Cell executable) {
  static Fate unknown() {
    return new Fate(new Cell(), new Cell(), new Cell());
  }

  Fate withConfined() {
    return new Fate(Cell.of(true), selected, executable);
  }

  Fate withExecutable(boolean matches) {
    return new Fate(confined, selected, Cell.of(matches));
  }

  boolean isSettled() {
    return confined.get().isPresent() && selected.get().isPresent() && executable.get().isPresent();
  }

  /** Whether what the thread does may be something to learn from. */
  boolean mayCount() {
    return selected.get().orElse(true) && executable.get().orElse(true);
  }

  /** The fate of a child is its parent's at that time. */
  void follow(Fate parent) {
    confined.follow(parent.confined);
    selected.follow(parent.selected);
    executable.follow(parent.executable);
  }
}

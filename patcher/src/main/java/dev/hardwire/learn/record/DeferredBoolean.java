package dev.hardwire.learn.record;

import java.util.Optional;

/**
 * A boolean whose value may become known later: a log can show the calls of a child before it shows
 * its parent.
 */
final class DeferredBoolean {
  private Boolean value;
  private DeferredBoolean same;

  static DeferredBoolean of(boolean value) {
    DeferredBoolean cell = new DeferredBoolean();
    cell.value = value;
    return cell;
  }

  private DeferredBoolean last() {
    DeferredBoolean cell = this;
    while (cell.same != null) {
      cell = cell.same;
    }
    if (same != null && same != cell) {
      same = cell; // the next look-up takes one step
    }
    return cell;
  }

  Optional<Boolean> get() {
    return Optional.ofNullable(last().value);
  }

  /** Sets the value, unless it is already known. */
  void settle(boolean truth) {
    DeferredBoolean cell = last();
    if (cell.value == null) {
      cell.value = truth;
    }
  }

  /** If the value is not known, makes it follow that of another object. */
  void follow(DeferredBoolean other) {
    DeferredBoolean own = last();
    DeferredBoolean target = other.last();
    if (own != target && own.value == null) {
      own.same = target;
    }
  }
}

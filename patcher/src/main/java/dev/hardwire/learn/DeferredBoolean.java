package dev.hardwire.learn;

import java.util.Optional;

/**
 * A truth that may come to light later: a log can show what a child does before it shows whose
 * child it is.
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
      same = cell; // the next look takes one step
    }
    return cell;
  }

  Optional<Boolean> get() {
    return Optional.ofNullable(last().value);
  }

  /** Settles it, unless it is settled. */
  void settle(boolean truth) {
    DeferredBoolean cell = last();
    if (cell.value == null) {
      cell.value = truth;
    }
  }

  /** Makes this, if it is not settled, what another is or will be. */
  void follow(DeferredBoolean other) {
    DeferredBoolean own = last();
    DeferredBoolean target = other.last();
    if (own != target && own.value == null) {
      own.same = target;
    }
  }
}

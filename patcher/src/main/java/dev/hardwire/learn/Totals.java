package dev.hardwire.learn;

import java.util.ArrayList;
import java.util.List;

/** The counts of the calls in one trace. */
final class Totals {
  private record Open(ThreadScope fate, CallCounts tally) {}

  /** Calls under a policy. */
  final CallCounts confined = new CallCounts();

  /** Calls before a policy was installed, or without one. */
  final CallCounts free = new CallCounts();

  /** Calls of other processes. */
  final CallCounts others = new CallCounts();

  private final List<Open> open = new ArrayList<>();

  /** The counts for a known scope, otherwise new ones for {@link #park}. */
  CallCounts of(ThreadScope fate) {
    if (!fate.isSettled()) {
      return new CallCounts();
    }
    if (!fate.selected().get().orElseThrow() || !fate.executable().get().orElseThrow()) {
      return others;
    }
    return fate.confined().get().orElseThrow() ? confined : free;
  }

  /** Keeps counts until their scope is known. */
  void park(ThreadScope fate, CallCounts tally) {
    if (tally == confined || tally == free || tally == others || tally.isEmpty()) {
      return;
    }
    if (fate.isSettled()) {
      of(fate).addAll(tally);
    } else {
      open.add(new Open(fate, tally));
    }
  }

  /** Adds the parked counts; every scope must be known. */
  void finish() {
    for (Open parked : open) {
      of(parked.fate).addAll(parked.tally);
    }
    open.clear();
  }
}

package dev.hardwire.learn;

import java.util.ArrayList;
import java.util.List;

/** Where the calls of one trace are counted. */
final class Totals {
  private record Open(ThreadScope fate, CallCounts tally) {}

  /** What was done under a policy. */
  final CallCounts confined = new CallCounts();

  /** What was done before one was installed, or without any. */
  final CallCounts free = new CallCounts();

  /** What others did. */
  final CallCounts others = new CallCounts();

  private final List<Open> open = new ArrayList<>();

  /** The tally of a settled fate, or else a new one for {@link #park}. */
  CallCounts of(ThreadScope fate) {
    if (!fate.isSettled()) {
      return new CallCounts();
    }
    if (!fate.selected().get().orElseThrow() || !fate.executable().get().orElseThrow()) {
      return others;
    }
    return fate.confined().get().orElseThrow() ? confined : free;
  }

  /** Keeps a tally until its fate is settled. */
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

  /** Adds up what was parked; every fate must be settled. */
  void finish() {
    for (Open parked : open) {
      of(parked.fate).addAll(parked.tally);
    }
    open.clear();
  }
}

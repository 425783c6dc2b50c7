package dev.hardwire.learn;

import java.util.ArrayList;
import java.util.List;

/** Where the calls of one trace are counted. */
final class Totals {
  private record Open(Fate fate, Tally tally) {}

  /** What was done under a policy. */
  final Tally confined = new Tally();

  /** What was done before one was installed, or without any. */
  final Tally free = new Tally();

  /** What others did. */
  final Tally others = new Tally();

  private final List<Open> open = new ArrayList<>();

  /** The tally of a settled fate, or else a new one for {@link #park}. */
  Tally of(Fate fate) {
    if (!fate.isSettled()) {
      return new Tally();
    }
    if (!fate.selected().get().orElseThrow() || !fate.executable().get().orElseThrow()) {
      return others;
    }
    return fate.confined().get().orElseThrow() ? confined : free;
  }

  /** Keeps a tally until its fate is settled. */
  void park(Fate fate, Tally tally) {
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

package dev.hardwire.learn.record;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The counts of the calls in one trace. */
final class Totals {
  private record Open(ThreadScope scope, CallCounts counts) {}

  /** Calls under a policy. */
  final CallCounts confined = new CallCounts();

  /** Calls before a policy was installed, or without one. */
  final CallCounts free = new CallCounts();

  /** Calls of other processes. */
  final CallCounts others = new CallCounts();

  private final List<Open> open = new ArrayList<>();

  /** Moments after which calls under the policy may be made, although they were seen before. */
  private final Map<String, Integer> late = new HashMap<>();

  /** The counts for a known scope, otherwise new ones for {@link #park}. */
  CallCounts of(ThreadScope scope) {
    if (!scope.isSettled()) {
      return new CallCounts();
    }
    if (!scope.selected().get().orElseThrow() || !scope.executable().get().orElseThrow()) {
      return others;
    }
    return scope.confined().get().orElseThrow() ? confined : free;
  }

  /** Keeps counts until their scope is known. */
  void park(ThreadScope scope, CallCounts counts) {
    if (counts == confined || counts == free || counts == others || counts.isEmpty()) {
      return;
    }
    if (scope.isSettled()) {
      of(scope).addAll(counts);
    } else {
      open.add(new Open(scope, counts));
    }
  }

  /** Calls that other threads may make after moments, as bits of {@link Triggers}. */
  void later(Map<String, Integer> calls) {
    calls.forEach((call, moments) -> late.merge(call, moments, (one, other) -> one | other));
  }

  /** Adds the parked counts; every scope must be known. */
  void finish() {
    for (Open parked : open) {
      of(parked.scope).addAll(parked.counts);
    }
    open.clear();
    late.forEach(
        (call, moments) -> {
          CallStats stats = confined.calls.get(call);
          if (stats != null) {
            stats.begin(moments);
          }
        });
  }
}

package dev.hardwire.learn;

import java.util.SortedMap;
import java.util.TreeMap;

/** The calls of some processes, by name. */
final class CallCounts {
  final SortedMap<String, CallStats> calls = new TreeMap<>();
  long total;

  /** Whether signals arrived. */
  boolean signals;

  boolean isEmpty() {
    return calls.isEmpty() && !signals;
  }

  void addAll(CallCounts other) {
    total += other.total;
    signals |= other.signals;
    other.calls.forEach(
        (name, stats) -> {
          CallStats own = calls.putIfAbsent(name, stats);
          if (own != null) {
            own.addAll(stats);
          }
        });
  }
}

package dev.hardwire.learn;

import dev.hardwire.learn.paths.Uses;
import java.util.SortedMap;
import java.util.TreeMap;

/** The calls of some processes, by name. */
final class CallCounts {
  final SortedMap<String, CallStats> calls = new TreeMap<>();
  long total;

  /** What they did with files and sockets, if that is asked for. */
  final Uses uses = new Uses();

  /** Whether signals arrived. */
  boolean signals;

  boolean isEmpty() {
    return calls.isEmpty() && !signals && uses.isEmpty();
  }

  /** All calls were made after these moments, too. */
  void begin(int moments) {
    calls.values().forEach(stats -> stats.begin(moments));
  }

  void addAll(CallCounts other) {
    total += other.total;
    signals |= other.signals;
    uses.addAll(other.uses);
    other.calls.forEach(
        (name, stats) -> {
          CallStats own = calls.putIfAbsent(name, stats);
          if (own != null) {
            own.addAll(stats);
          }
        });
  }
}

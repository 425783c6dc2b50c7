package dev.hardwire.learn.record;

import dev.hardwire.learn.paths.Uses;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/** The calls of some processes, by name. */
public final class CallCounts {
  final SortedMap<String, CallStats> calls = new TreeMap<>();
  long total;

  final Uses uses = new Uses();
  boolean signals;

  public SortedMap<String, CallStats> calls() {
    return Collections.unmodifiableSortedMap(calls);
  }

  public long total() {
    return total;
  }

  /** What they did with files and sockets, if that is asked for. */
  public Uses uses() {
    return uses;
  }

  public boolean signals() {
    return signals;
  }

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

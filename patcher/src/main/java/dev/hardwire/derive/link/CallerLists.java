package dev.hardwire.derive.link;

import java.util.Arrays;

/** Who leads to each function: chains in arrays, as there may be millions of entries. */
final class CallerLists {
  /** By function, its last entry; 0 for none. */
  private final int[] last;

  /** By entry, the caller. */
  private int[] callers = new int[1 << 10];

  /** By entry, the one before it of the same function; 0 for none. */
  private int[] before = new int[callers.length];

  private int size = 1;

  CallerLists(int functions) {
    this.last = new int[functions];
  }

  /** Adds a caller of a function; one that is added several times in a row counts once. */
  void add(int id, int caller) {
    int entry = last[id];
    if (entry != 0 && callers[entry] == caller) {
      return;
    }
    if (size == callers.length) {
      callers = Arrays.copyOf(callers, 2 * size);
      before = Arrays.copyOf(before, 2 * size);
    }
    callers[size] = caller;
    before[size] = entry;
    last[id] = size++;
  }

  /** The callers of a function, ascending, each once. */
  int[] of(int id) {
    int count = 0;
    for (int entry = last[id]; entry != 0; entry = before[entry]) {
      count++;
    }
    int[] found = new int[count];
    for (int entry = last[id]; entry != 0; entry = before[entry]) {
      found[--count] = callers[entry];
    }
    Arrays.sort(found);
    int unique = 0;
    for (int caller : found) {
      if (unique == 0 || found[unique - 1] != caller) {
        found[unique++] = caller;
      }
    }
    return unique == found.length ? found : Arrays.copyOf(found, unique);
  }
}

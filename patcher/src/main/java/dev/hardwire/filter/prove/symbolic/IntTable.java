package dev.hardwire.filter.prove.symbolic;

import java.util.Arrays;

/** A hash table from three numbers to one, without objects for its entries. */
final class IntTable {
  /** Marks an unused place, and the answer for an unknown key. */
  static final int NONE = -1;

  private static final int WIDTH = 4;

  private int[] table = empty(1 << 10);
  private int size;

  private static int[] empty(int places) {
    try {
      int[] table = new int[WIDTH * places];
      Arrays.fill(table, NONE);
      return table;
    } catch (OutOfMemoryError e) {
      throw UnprovableException.outOfMemory();
    }
  }

  /** The value of a key, or {@link #NONE}. */
  int get(int a, int b, int c) {
    return table[place(table, a, b, c) + WIDTH - 1];
  }

  /**
   * Adds a key that is not in the table.
   *
   * @param value at least 0
   */
  void put(int a, int b, int c, int value) {
    if (4 * (size + 1) > 3 * (table.length / WIDTH)) {
      grow();
    }
    size++;
    set(table, a, b, c, value);
  }

  private void grow() {
    int[] larger = empty(2 * (table.length / WIDTH));
    for (int i = 0; i < table.length; i += WIDTH) {
      if (table[i + WIDTH - 1] != NONE) {
        set(larger, table[i], table[i + 1], table[i + 2], table[i + WIDTH - 1]);
      }
    }
    table = larger;
  }

  private static void set(int[] table, int a, int b, int c, int value) {
    int at = place(table, a, b, c);
    table[at] = a;
    table[at + 1] = b;
    table[at + 2] = c;
    table[at + WIDTH - 1] = value;
  }

  /** Where a key is, or would be; the number of places is a power of two. */
  private static int place(int[] table, int a, int b, int c) {
    long hash = ((a * 0x9e37_79b9_7f4a_7c15L + b) * 0xbf58_476d_1ce4_e5b9L + c);
    hash *= 0x94d0_49bb_1331_11ebL;
    int mask = table.length / WIDTH - 1;
    int at = (int) (hash >>> 32) & mask;
    while (true) {
      int i = WIDTH * at;
      if (table[i + WIDTH - 1] == NONE
          || (table[i] == a && table[i + 1] == b && table[i + 2] == c)) {
        return i;
      }
      at = (at + 1) & mask;
    }
  }
}

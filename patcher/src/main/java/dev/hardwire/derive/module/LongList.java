package dev.hardwire.derive.module;

import java.util.Arrays;

/** A growing list of numbers. */
public final class LongList {
  private long[] values = new long[4];
  private int size;

  /** Appends a number. */
  public void add(long value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, size * 2);
    }
    values[size++] = value;
  }

  /** Appends numbers of an array, from an index on and below another. */
  void add(long[] others, int from, int below) {
    int count = below - from;
    if (count > values.length - size) {
      values = Arrays.copyOf(values, Math.max(size + count, size * 2));
    }
    System.arraycopy(others, from, values, size, count);
    size += count;
  }

  /** Appends all to another list. */
  void addTo(LongList other) {
    other.add(values, 0, size);
  }

  public int size() {
    return size;
  }

  public long get(int index) {
    return values[index];
  }

  /** Removes all. */
  public void clear() {
    size = 0;
  }

  private void sort() {
    Arrays.sort(values, 0, size);
    int unique = 0;
    for (int i = 0; i < size; i++) {
      if (unique == 0 || values[unique - 1] != values[i]) {
        values[unique++] = values[i];
      }
    }
    size = unique;
  }

  /** The numbers in ascending order, each once. */
  public long[] sorted() {
    sort();
    return toArray();
  }

  /** The numbers of this list and others in ascending order, each once. */
  long[] sortedWith(long[] others) {
    add(others, 0, others.length);
    return sorted();
  }

  /** Appends the numbers in ascending order, each once, to another list, and removes all here. */
  void moveSorted(LongList to) {
    sort();
    addTo(to);
    size = 0;
  }

  /** The numbers in their order. */
  public long[] toArray() {
    return Arrays.copyOf(values, size);
  }
}

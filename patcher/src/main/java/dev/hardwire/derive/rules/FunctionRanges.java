package dev.hardwire.derive.rules;

import dev.hardwire.derive.module.Functions;
import java.util.Arrays;
import java.util.BitSet;

/** Where a few functions of a file are: faster to search than all of them. */
final class FunctionRanges {
  private final int[] order;
  private final long[] starts;
  private final long[] ends;

  /**
   * Reads the addresses.
   *
   * @param some the indices of the functions
   */
  FunctionRanges(Functions functions, BitSet some) {
    this.order = some.stream().toArray();
    this.starts = Arrays.stream(order).mapToLong(functions::start).toArray();
    this.ends = Arrays.stream(order).mapToLong(functions::end).toArray();
  }

  /** The index of the function at an address; -1 if it is none of them. */
  int at(long address) {
    int found = Arrays.binarySearch(starts, address);
    int index = found >= 0 ? found : -found - 2;
    return index >= 0 && address < ends[index] ? order[index] : -1;
  }
}

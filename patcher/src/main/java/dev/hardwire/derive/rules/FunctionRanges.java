package dev.hardwire.derive.rules;

import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Reference;
import dev.hardwire.derive.module.Returns;
import java.util.Arrays;
import java.util.BitSet;
import java.util.function.IntPredicate;

/** Where a few functions of a file are: faster to search than all of them. */
final class FunctionRanges {
  private static final long[] NONE = {};

  private final Functions functions;
  private final int[] order;
  private final long[] starts;
  private final long[] ends;

  /**
   * Reads the addresses.
   *
   * @param some the indices of the functions
   */
  FunctionRanges(Functions functions, BitSet some) {
    this.functions = functions;
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

  /** Those that other functions of the file lead to, besides some. */
  BitSet usedBeside(IntPredicate some, Returns returns) {
    BitSet used = new BitSet();
    for (int f = 0; f < functions.count() && order.length > 0; f++) {
      for (long reference : some.test(f) ? NONE : functions.references(f)) {
        boolean falls = Reference.kind(reference).falls();
        if (falls && !returns.runsOn(reference)) {
          continue;
        }
        int target = at(falls ? functions.end(f) : Reference.address(reference));
        if (target >= 0 && target != f) {
          used.set(target);
        }
      }
    }
    return used;
  }
}

package dev.hardwire.derive.module;

/**
 * Finds places in an ascending list of addresses: a table says where the addresses of each piece of
 * the range start, so that few of them are compared. It has at most two pieces for each address.
 */
final class AddressIndex {
  private final long[] sorted;

  /** For each piece, the index of the first address in it or behind it; one more than pieces. */
  private final int[] starts;

  /** The size of a piece is 2 to the power of this. */
  private final int shift;

  /**
   * Indexes a list.
   *
   * @param sorted ascending; it is not copied
   */
  AddressIndex(long[] sorted) {
    this.sorted = sorted;
    if (sorted.length == 0) {
      shift = 0;
      starts = new int[0];
      return;
    }
    long range = sorted[sorted.length - 1] - sorted[0];
    int bits = 0;
    while (Long.compareUnsigned(range >>> bits, 2L * sorted.length) > 0) {
      bits++;
    }
    shift = bits;
    starts = new int[(int) (range >>> shift) + 2];
    int piece = 0;
    for (int i = 0; i < sorted.length; i++) {
      int own = (int) ((sorted[i] - sorted[0]) >>> shift);
      while (piece < own) {
        starts[++piece] = i;
      }
    }
    starts[starts.length - 1] = sorted.length;
  }

  /** The index of the last address that is not larger than another; -1 if there is none. */
  int last(long address) {
    if (sorted.length == 0 || address < sorted[0]) {
      return -1;
    }
    long piece = (address - sorted[0]) >>> shift;
    if (piece >= starts.length - 1 || piece < 0) {
      return sorted.length - 1;
    }
    int low = starts[(int) piece] - 1; // the last one may be before the piece
    int high = starts[(int) piece + 1] - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (sorted[middle] <= address) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /** The index of an address, the first one if it is there several times; -1 if it is not. */
  int at(long address) {
    int index = from(address);
    return index < sorted.length && sorted[index] == address ? index : -1;
  }

  /** The index of the first address that is not smaller than another; the size if there is none. */
  int from(long address) {
    int index = last(address) + 1;
    while (index > 0 && sorted[index - 1] == address) {
      index--;
    }
    return index;
  }
}

package dev.hardwire.derive.link;

/** Addresses of several files: a hash table of numbers, as there may be a million of them. */
public final class AddressSet {
  private static final int MODULE_SHIFT = 48;
  private static final long SPREAD = 0x9e37_79b9_7f4a_7c15L;

  /** Keys, none of which is 0; the number of places is a power of 2. */
  private long[] places = new long[1 << 10];

  private int size;

  /** Adds an address of a file; whether it is new. */
  public boolean add(int module, long address) {
    long key = (((long) module + 1) << MODULE_SHIFT) ^ address;
    if (key == 0) {
      key = SPREAD; // as good as any other: no file has both addresses
    }
    if (2 * size >= places.length) {
      grow();
    }
    int place = place(places, key);
    if (places[place] == key) {
      return false;
    }
    places[place] = key;
    size++;
    return true;
  }

  private static int place(long[] places, long key) {
    int place = (int) ((key * SPREAD) >>> Integer.SIZE) & (places.length - 1);
    while (places[place] != 0 && places[place] != key) {
      place = (place + 1) & (places.length - 1);
    }
    return place;
  }

  private void grow() {
    long[] larger = new long[2 * places.length];
    for (long key : places) {
      if (key != 0) {
        larger[place(larger, key)] = key;
      }
    }
    places = larger;
  }
}

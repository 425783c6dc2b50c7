package dev.hardwire.derive.module;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The strings of objects of a file that may be names of symbols: of characters that names have.
 * What was found is kept, as many programs need the same libraries.
 */
public final class NameStrings {
  /** How many numbers there are for each string. */
  public static final int SIZE = 3;

  private static final int LONGEST = 1024;
  private static final int[] NONE = {};
  private static final boolean[] PARTS = new boolean[256];

  static {
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.$"
        .chars()
        .forEach(one -> PARTS[one] = true);
  }

  private final Module file;
  private final byte[] bytes;
  private final Map<Long, int[]> known = new ConcurrentHashMap<>();

  /** The same by object of the file; null until one is asked for. */
  private int[][] byObject;

  NameStrings(Module file) {
    this.file = file;
    this.bytes = file.image().bytes();
  }

  /** What is found in one object. */
  private final class Search {
    private int[] found = NONE;
    private int size;

    /** Takes the string at an offset, if it may be a name, and returns the offset of its end. */
    int take(int start, int limit) {
      int end = start;
      int hash = 0;
      while (end < limit && PARTS[bytes[end] & 0xff]) {
        hash = 31 * hash + bytes[end];
        end++;
      }
      if (end > start && end - start <= LONGEST && end < limit && bytes[end] == 0) {
        add(start, end, hash);
      }
      while (end < limit && bytes[end] != 0) {
        end++;
      }
      return end;
    }

    private void add(int... numbers) {
      if (size == found.length) {
        found = Arrays.copyOf(found, Math.max(SIZE, 2 * size));
      }
      System.arraycopy(numbers, 0, found, size, SIZE);
      size += SIZE;
    }
  }

  /**
   * The strings of an object: it may be an array of them, or of distances to them.
   *
   * @return for each the offset where it starts, that of its end, and its {@link String#hashCode}
   */
  public int[] of(long address) {
    int[] before = known.get(address);
    if (before != null) {
      return before;
    }
    int[] found = find(address);
    known.put(address, found);
    return found;
  }

  /** The same for an object of {@link Targets}. */
  public synchronized int[] ofObject(int object) {
    Targets targets = file.targets();
    if (byObject == null) {
      byObject = new int[targets.objects()][];
    }
    if (byObject[object] == null) {
      byObject[object] = find(targets.address(object));
    }
    return byObject[object];
  }

  /**
   * The string at an address.
   *
   * @return the same numbers as {@link #of} for this string only; empty if it cannot be a name
   */
  public int[] at(long address) {
    int start = file.image().offset(address);
    Search search = new Search();
    search.take(start, start + file.image().rest(address));
    return Arrays.copyOf(search.found, search.size);
  }

  private int[] find(long address) {
    Image image = file.image();
    Search search = new Search();
    int start = image.offset(address);
    int end = start + (int) Math.min(file.objectEnd(address) - address, image.rest(address));
    for (int at = start; at < end; at = search.take(at, end) + 1) {
      // each string ends with a zero
    }
    for (int at = start; at + Integer.BYTES <= end; at += Integer.BYTES) {
      long target = address + image.i32(at);
      if (!image.isConstant(target)) {
        break; // all of a table lead to constant data
      }
      int text = image.offset(target);
      if (text > 0 && bytes[text - 1] == 0) {
        search.take(text, text + image.rest(target));
      }
    }
    return Arrays.copyOf(search.found, search.size);
  }
}

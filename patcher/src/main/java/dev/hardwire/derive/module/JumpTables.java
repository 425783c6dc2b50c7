package dev.hardwire.derive.module;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Where jump tables lead out of their functions: into parts that the compiler put elsewhere. What
 * looks like a table of distances is read up to the next address that code refers to.
 */
final class JumpTables {
  private static final int LONGEST = 4096;

  private final Image image;

  /** Pairs of a function's index and an address that it refers to. */
  private final LongList candidates = new LongList();

  JumpTables(Image image) {
    this.image = image;
  }

  void clear() {
    candidates.clear();
  }

  void add(int function, long table) {
    candidates.add(function);
    candidates.add(table);
  }

  /** The functions that tables lead to, by the function that uses them. */
  Map<Integer, int[]> targets(Functions functions) {
    LongList starts = new LongList();
    for (long reference : functions.references()) {
      if (Reference.kind(reference) == Reference.DATA) {
        starts.add(Reference.address(reference));
      }
    }
    long[] boundaries = starts.sorted();
    Map<Integer, int[]> found = new HashMap<>();
    for (int i = 0; i < candidates.size(); i += 2) {
      int function = (int) candidates.get(i);
      long table = candidates.get(i + 1);
      int next = Arrays.binarySearch(boundaries, table + 1);
      next = next < 0 ? -next - 1 : next;
      long end = next < boundaries.length ? boundaries[next] : Long.MAX_VALUE;
      LongList outside = table(functions, function, table, end);
      if (outside.size() > 0) {
        int[] ids = Arrays.stream(outside.sorted()).mapToInt(Math::toIntExact).toArray();
        found.merge(function, ids, JumpTables::joined);
      }
    }
    return found;
  }

  private static int[] joined(int[] some, int[] more) {
    int[] all = Arrays.copyOf(some, some.length + more.length);
    System.arraycopy(more, 0, all, some.length, more.length);
    return Arrays.stream(all).sorted().distinct().toArray();
  }

  private LongList table(Functions functions, int function, long table, long end) {
    LongList outside = new LongList();
    boolean inside = false;
    for (int i = 0; i < LONGEST && table + 4L * i + 4 <= end; i++) {
      if (!image.hasBytes(table + 4L * i, 4)) {
        break;
      }
      long target = table + image.half(table + 4L * i);
      int at = functions.at(target);
      if (at < 0) {
        break;
      }
      inside |= at == function;
      if (at != function) {
        outside.add(at);
      }
    }
    if (!inside) {
      outside.clear();
    }
    return outside;
  }
}

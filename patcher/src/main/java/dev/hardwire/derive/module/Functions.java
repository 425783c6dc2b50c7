package dev.hardwire.derive.module;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;

/**
 * The functions of a file: ranges of addresses that do not overlap, ascending, and the references
 * of each.
 */
public final class Functions {
  /** Contains a system call instruction. */
  public static final int CALLS_KERNEL = 1;

  /** Contains a system call instruction of i386. */
  public static final int CALLS_I386 = 2;

  /** May return: contains a return or a jump that is not understood. */
  public static final int RETURNS = 4;

  /** Jumps to an address in a register or in memory that is not a slot. */
  public static final int JUMPS_INDIRECTLY = 8;

  /** Found in a gap: between the ranges that unwind table and symbols name. */
  public static final int IN_GAP = 16;

  /** Has places where unwinding of the stack may go on: landing pads. */
  public static final int LANDS = 32;

  /**
   * Returns once more when something later says so, as setjmp(3) does, or runs its caller twice in
   * the same memory, as vfork(2) does.
   */
  public static final int RETURNS_TWICE = 64;

  /** Names an address of the kernel's page of old system calls (vsyscall). */
  public static final int CALLS_OLD_PAGE = 128;

  private static final int[] NONE = new int[0];
  private static final long[] NONE_INSIDE = new long[0];

  private final long[] starts;
  private final AddressIndex byStart;
  private final long[] ends;
  private final int[] flags;
  private final int[] first;
  private final long[] references;
  private final Map<Integer, int[]> tableTargets;

  /** Ascending. */
  private final long[] inside;

  /**
   * By function, others that lead into its middle, and where: one after the other. Null until that
   * is asked.
   */
  private volatile Map<Integer, LongList> enteredInside;

  /** Pairs of functions; null until then. */
  private volatile long[] entering;

  Functions(long[] starts, long[] ends, int[] flags, int[] first, long[] references) {
    this(starts, ends, flags, first, references, Map.of(), NONE_INSIDE);
  }

  private Functions(
      long[] starts,
      long[] ends,
      int[] flags,
      int[] first,
      long[] references,
      Map<Integer, int[]> tableTargets,
      long[] inside) {
    this.tableTargets = tableTargets;
    this.inside = inside;
    this.starts = starts;
    this.byStart = new AddressIndex(starts);
    this.ends = ends;
    this.flags = flags;
    this.first = first;
    this.references = references;
  }

  /**
   * The same with the functions that jump tables lead to.
   *
   * @param places that others lead to, inside of what looks like an instruction, ascending
   */
  Functions with(Map<Integer, int[]> targets, long[] places) {
    return new Functions(starts, ends, flags, first, references, targets, places);
  }

  /**
   * Places of a function that code or data leads to and that lie inside of what looks like an
   * instruction: behind data, or behind a prefix.
   */
  public long[] insideInstructions(int index) {
    return between(inside, starts[index], ends[index]);
  }

  /** The same in all functions. */
  long[] insideInstructions() {
    return inside.clone();
  }

  /** The numbers of an ascending list from one on and below another. */
  static long[] between(long[] sorted, long from, long below) {
    int first = Arrays.binarySearch(sorted, from);
    int next = Arrays.binarySearch(sorted, below);
    return Arrays.copyOfRange(sorted, first < 0 ? -first - 1 : first, next < 0 ? -next - 1 : next);
  }

  /** The functions that jump tables of a function lead to, if they are what they look like. */
  public int[] tableTargets(int index) {
    return tableTargets.getOrDefault(index, NONE);
  }

  public int count() {
    return starts.length;
  }

  public long start(int index) {
    return starts[index];
  }

  /** The first address behind a function. */
  public long end(int index) {
    return ends[index];
  }

  /** All flags of a function. */
  int flags(int index) {
    return flags[index];
  }

  /** The functions that jump tables lead to, by the functions that use them. */
  Map<Integer, int[]> tableTargets() {
    return tableTargets;
  }

  /** Whether any of some flags is set. */
  public boolean is(int index, int flag) {
    return (flags[index] & flag) != 0;
  }

  /** Whether code of other functions leads into the middle of a function. */
  public boolean isEnteredInside(int index) {
    return enteredInside().containsKey(index);
  }

  /**
   * The places in the middle of a function that code of others leads to.
   *
   * @param own the functions whose code does not count
   * @param taken whether addresses count that code takes: with fixed addresses they may be numbers
   */
  public long[] enteredInside(int index, List<Integer> own, boolean taken) {
    LongList pairs = enteredInside().getOrDefault(index, new LongList());
    LongList found = new LongList();
    for (int i = 0; i < pairs.size(); i += 2) {
      long reference = pairs.get(i + 1);
      if (!own.contains((int) pairs.get(i))
          && (taken || Reference.kind(reference) != Reference.TAKE)) {
        found.add(Reference.address(reference));
      }
    }
    return found.sorted();
  }

  private Map<Integer, LongList> enteredInside() {
    if (enteredInside == null) {
      enteredInside = findEnteredInside();
    }
    return enteredInside;
  }

  private Map<Integer, LongList> findEnteredInside() {
    Map<Integer, LongList> found = new HashMap<>();
    LongList entering = new LongList();
    for (int f = 0; f < count(); f++) {
      for (int i = first[f]; i < first[f + 1]; i++) {
        long address = Reference.address(references[i]);
        int target = Reference.kind(references[i]).isCode() ? at(address) : -1;
        if (target >= 0 && start(target) != address) {
          entering.add((long) f << Integer.SIZE | target);
          if (target != f) {
            LongList pairs = found.computeIfAbsent(target, key -> new LongList());
            pairs.add(f);
            pairs.add(references[i]);
          }
        }
      }
    }
    this.entering = entering.toArray();
    return found;
  }

  /**
   * The functions whose code leads into the middle of a function, which may be the same one.
   *
   * @return for each the index, and in the lower 32 bits that of the other; callers do not change
   *     them
   */
  public long[] entering() {
    enteredInside();
    return entering;
  }

  /** The references of a function, see {@link Reference}. */
  public long[] references(int index) {
    return Arrays.copyOfRange(references, first[index], first[index + 1]);
  }

  /** Whether a function has a reference of a kind to an address that fulfils a condition. */
  public boolean refers(int index, Reference kind, LongPredicate to) {
    for (int i = first[index]; i < first[index + 1]; i++) {
      if (Reference.kind(references[i]) == kind && to.test(Reference.address(references[i]))) {
        return true;
      }
    }
    return false;
  }

  /** Adds the references of a function to a list. */
  void addReferences(int index, LongList to) {
    to.add(references, first[index], first[index + 1]);
  }

  /** The references of all functions, one after the other; callers do not change them. */
  public long[] references() {
    return references;
  }

  /** Where those of a function begin among the references of all; they end where the next begin. */
  public int firstReference(int index) {
    return first[index];
  }

  /**
   * The function that starts at an address and has no instructions inside of others.
   *
   * @param longest how many bytes it may have
   * @return -1 if there is none
   */
  public int simple(long start, long longest) {
    int index = at(start);
    boolean found =
        index >= 0
            && start(index) == start
            && end(index) - start <= longest
            && insideInstructions(index).length == 0;
    return found ? index : -1;
  }

  /** The function that an address lies in, or -1. */
  public int at(long address) {
    int index = byStart.last(address);
    return index >= 0 && address < ends[index] ? index : -1;
  }
}

package dev.hardwire.filter.prove.symbolic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntBinaryOperator;
import java.util.function.IntPredicate;

/**
 * Functions of many bits, as reduced ordered decision diagrams with any number of leaf values.
 *
 * <p>Invariant: equal functions have equal numbers. {@link #FALSE} and {@link #TRUE} are the leaves
 * of conditions. See R. Bryant, Graph-Based Algorithms for Boolean Function Manipulation, 1986.
 */
public final class Bdd {
  public static final int FALSE = 0;
  public static final int TRUE = 1;

  /** The variable number of leaves, after all others. */
  private static final int LEAF = Integer.MAX_VALUE;

  /** The maximum number of nodes; a policy of a few hundred calls needs about ten thousand. */
  static final int NODES = 300_000;

  /**
   * The maximum number of steps, each of which computes one node. Nodes and steps are counted, not
   * seconds or bytes, so that every machine accepts the same policies: they take less than a second
   * and 64 MiB.
   */
  static final int STEPS = 1_000_000;

  private int[] variable = new int[1 << 12];
  private int[] low = new int[1 << 12];
  private int[] high = new int[1 << 12];
  private int size;
  private int steps;
  private final IntTable nodes = new IntTable();
  private final IntTable results = new IntTable();
  private final Map<Long, Integer> leaves = new HashMap<>();
  private final List<Long> values = new ArrayList<>();

  public Bdd() {
    leaf(-2);
    leaf(-1);
  }

  private int add(int nodeVariable, int nodeLow, int nodeHigh) {
    if (size == NODES) {
      throw new UnprovableException(
          "the proof of its filter would need more than %,d nodes".formatted(NODES));
    }
    if (size == variable.length) {
      variable = Arrays.copyOf(variable, 2 * size);
      low = Arrays.copyOf(low, 2 * size);
      high = Arrays.copyOf(high, 2 * size);
    }
    variable[size] = nodeVariable;
    low[size] = nodeLow;
    high[size] = nodeHigh;
    return size++;
  }

  /** The function that is {@code value} everywhere. */
  public int leaf(long value) {
    Integer known = leaves.get(value);
    if (known == null) {
      known = add(LEAF, values.size(), 0);
      values.add(value);
      leaves.put(value, known);
    }
    return known;
  }

  public boolean isLeaf(int function) {
    return variable[function] == LEAF;
  }

  public long value(int leaf) {
    return values.get(low[leaf]);
  }

  /** The first bit that a function depends on. */
  public int variable(int function) {
    return variable[function];
  }

  /** The function where its first bit is 0. */
  public int low(int function) {
    return low[function];
  }

  /** The function where its first bit is 1. */
  public int high(int function) {
    return high[function];
  }

  int bit(int number) {
    return node(number, FALSE, TRUE);
  }

  private int node(int nodeVariable, int nodeLow, int nodeHigh) {
    if (nodeLow == nodeHigh) {
      return nodeLow;
    }
    int known = nodes.get(nodeVariable, nodeLow, nodeHigh);
    if (known == IntTable.NONE) {
      known = add(nodeVariable, nodeLow, nodeHigh);
      nodes.put(nodeVariable, nodeLow, nodeHigh, known);
    }
    return known;
  }

  private void step() {
    if (++steps > STEPS) {
      throw new UnprovableException(
          "the proof of its filter would need more than %,d steps".formatted(STEPS));
    }
  }

  /** {@code yes} where the condition holds, {@code no} elsewhere. */
  public int choose(int condition, int yes, int no) {
    if (condition == TRUE || yes == no) {
      return yes;
    }
    if (condition == FALSE) {
      return no;
    }
    if (yes == TRUE && no == FALSE) {
      return condition;
    }
    int known = results.get(condition, yes, no);
    if (known == IntTable.NONE) {
      step();
      int first = Math.min(variable[condition], Math.min(variable[yes], variable[no]));
      int whenLow =
          choose(at(condition, first, false), at(yes, first, false), at(no, first, false));
      int whenHigh = choose(at(condition, first, true), at(yes, first, true), at(no, first, true));
      known = node(first, whenLow, whenHigh);
      results.put(condition, yes, no, known);
    }
    return known;
  }

  /**
   * The function whose value is {@code operation} applied to the values of two functions.
   *
   * @param operation of two leaves, giving a leaf
   */
  public int combine(int a, int b, IntBinaryOperator operation) {
    return combine(a, b, operation, new IntTable());
  }

  private int combine(int a, int b, IntBinaryOperator operation, IntTable known) {
    if (isLeaf(a) && isLeaf(b)) {
      return operation.applyAsInt(a, b);
    }
    int result = known.get(a, b, 0);
    if (result == IntTable.NONE) {
      step();
      int first = Math.min(variable[a], variable[b]);
      int whenLow = combine(at(a, first, false), at(b, first, false), operation, known);
      int whenHigh = combine(at(a, first, true), at(b, first, true), operation, known);
      result = node(first, whenLow, whenHigh);
      known.put(a, b, 0, result);
    }
    return result;
  }

  /** A function where a bit has a value, as a function that does not depend on the bit. */
  public int restrict(int function, int bit, boolean set) {
    return restrict(function, bit, set, new HashMap<>());
  }

  private int restrict(int function, int bit, boolean set, Map<Integer, Integer> known) {
    if (variable[function] >= bit) {
      return at(function, bit, set);
    }
    Integer result = known.get(function);
    if (result == null) {
      step();
      int whenLow = restrict(low[function], bit, set, known);
      int whenHigh = restrict(high[function], bit, set, known);
      result = node(variable[function], whenLow, whenHigh);
      known.put(function, result);
    }
    return result;
  }

  /** A function where some bits are 0, as a function that does not depend on them. */
  public int where0(int function, IntPredicate bits) {
    return where0(function, bits, new HashMap<>());
  }

  private int where0(int function, IntPredicate bits, Map<Integer, Integer> known) {
    if (isLeaf(function)) {
      return function;
    }
    Integer result = known.get(function);
    if (result == null) {
      step();
      int bit = variable[function];
      result = where0(low[function], bits, known);
      if (!bits.test(bit)) {
        result = node(bit, result, where0(high[function], bits, known));
      }
      known.put(function, result);
    }
    return result;
  }

  private int at(int function, int bit, boolean set) {
    if (variable[function] != bit) {
      return function;
    }
    return set ? high[function] : low[function];
  }

  public int and(int a, int b) {
    return choose(a, b, FALSE);
  }

  public int or(int a, int b) {
    return choose(a, TRUE, b);
  }

  public int not(int a) {
    return choose(a, FALSE, TRUE);
  }

  int xor(int a, int b) {
    return choose(a, not(b), b);
  }

  /** A hash table from three numbers to one, without objects for its entries. */
  private static final class IntTable {
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
}

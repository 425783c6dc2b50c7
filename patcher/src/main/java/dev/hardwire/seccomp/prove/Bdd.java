package dev.hardwire.seccomp.prove;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntBinaryOperator;

/**
 * Functions of many bits, as reduced ordered decision diagrams with any number of leaf values.
 *
 * <p>Invariant: equal functions have equal numbers. {@link #FALSE} and {@link #TRUE} are the leaves
 * of conditions. See R. Bryant, Graph-Based Algorithms for Boolean Function Manipulation, 1986.
 */
final class Bdd {
  static final int FALSE = 0;
  static final int TRUE = 1;

  /** The variable number of leaves, after all others. */
  private static final int LEAF = Integer.MAX_VALUE;

  /** The maximum number of nodes; a policy of a few hundred calls needs about ten thousand. */
  private static final int LIMIT = 8_000_000;

  private int[] variable = new int[1 << 12];
  private int[] low = new int[1 << 12];
  private int[] high = new int[1 << 12];
  private int size;
  private final Map<Key, Integer> nodes = new HashMap<>();
  private final Map<Key, Integer> results = new HashMap<>();
  private final Map<Long, Integer> leaves = new HashMap<>();
  private final List<Long> values = new ArrayList<>();

  private record Key(int a, int b, int c) {}

  Bdd() {
    leaf(-2);
    leaf(-1);
  }

  private int add(int nodeVariable, int nodeLow, int nodeHigh) {
    if (size == LIMIT) {
      throw new UnprovableException("the filter or the policy is too complex for a proof");
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
  int leaf(long value) {
    Integer known = leaves.get(value);
    if (known == null) {
      known = add(LEAF, values.size(), 0);
      values.add(value);
      leaves.put(value, known);
    }
    return known;
  }

  boolean isLeaf(int function) {
    return variable[function] == LEAF;
  }

  long value(int leaf) {
    return values.get(low[leaf]);
  }

  /** The first bit that a function depends on. */
  int variable(int function) {
    return variable[function];
  }

  /** The function where its first bit is 0. */
  int low(int function) {
    return low[function];
  }

  /** The function where its first bit is 1. */
  int high(int function) {
    return high[function];
  }

  /** The bit itself. */
  int bit(int number) {
    return node(number, FALSE, TRUE);
  }

  private int node(int nodeVariable, int nodeLow, int nodeHigh) {
    return nodeLow == nodeHigh
        ? nodeLow
        : nodes.computeIfAbsent(
            new Key(nodeVariable, nodeLow, nodeHigh), key -> add(nodeVariable, nodeLow, nodeHigh));
  }

  /** {@code yes} where the condition holds, {@code no} elsewhere. */
  int choose(int condition, int yes, int no) {
    if (condition == TRUE || yes == no) {
      return yes;
    }
    if (condition == FALSE) {
      return no;
    }
    if (yes == TRUE && no == FALSE) {
      return condition;
    }
    Key key = new Key(condition, yes, no);
    Integer known = results.get(key);
    if (known == null) {
      int first = Math.min(variable[condition], Math.min(variable[yes], variable[no]));
      int whenLow =
          choose(at(condition, first, false), at(yes, first, false), at(no, first, false));
      int whenHigh = choose(at(condition, first, true), at(yes, first, true), at(no, first, true));
      known = node(first, whenLow, whenHigh);
      results.put(key, known);
    }
    return known;
  }

  /**
   * The function whose value is {@code operation} applied to the values of two functions.
   *
   * @param operation of two leaves, giving a leaf
   */
  int combine(int a, int b, IntBinaryOperator operation) {
    return combine(a, b, operation, new HashMap<>());
  }

  private int combine(int a, int b, IntBinaryOperator operation, Map<Key, Integer> known) {
    if (isLeaf(a) && isLeaf(b)) {
      return operation.applyAsInt(a, b);
    }
    Key key = new Key(a, b, 0);
    Integer result = known.get(key);
    if (result == null) {
      int first = Math.min(variable[a], variable[b]);
      int whenLow = combine(at(a, first, false), at(b, first, false), operation, known);
      int whenHigh = combine(at(a, first, true), at(b, first, true), operation, known);
      result = node(first, whenLow, whenHigh);
      known.put(key, result);
    }
    return result;
  }

  private int at(int function, int bit, boolean set) {
    if (variable[function] != bit) {
      return function;
    }
    return set ? high[function] : low[function];
  }

  int and(int a, int b) {
    return choose(a, b, FALSE);
  }

  int or(int a, int b) {
    return choose(a, TRUE, b);
  }

  int not(int a) {
    return choose(a, FALSE, TRUE);
  }

  int xor(int a, int b) {
    return choose(a, not(b), b);
  }
}

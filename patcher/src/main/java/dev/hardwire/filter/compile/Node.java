package dev.hardwire.filter.compile;

/**
 * An instruction of a filter before it has a position: a node of the graph that the code generator
 * lays out.
 *
 * <p>Invariants: nodes come from one {@link NodeGraph}, which represents equal nodes by the same
 * object, so identity is equality; the graph has no cycle.
 */
abstract class Node {
  /** The number of instructions from this node on; nodes that are reached twice count twice. */
  final int weight;

  /**
   * The number of instructions on the longest path from here, including this one and the return.
   */
  final int depth;

  private Node(int weight, int depth) {
    this.weight = weight;
    this.depth = depth;
  }

  /** Ends the filter with a value. */
  static final class Return extends Node {
    final long value;

    Return(long value) {
      super(1, 1);
      this.value = value;
    }
  }

  /** Changes the accumulator and continues with the next node. */
  static final class Step extends Node {
    final int code;
    final long k;
    final Node next;

    Step(int code, long k, Node next) {
      super(1 + next.weight, 1 + next.depth);
      this.code = code;
      this.k = k;
      this.next = next;
    }
  }

  /** Compares the accumulator with a constant and continues with one of two nodes. */
  static final class Branch extends Node {
    final int operation;
    final long k;
    final Node yes;
    final Node no;

    Branch(int operation, long k, Node yes, Node no) {
      super(1 + Math.min(1 << 20, yes.weight + no.weight), 1 + Math.max(yes.depth, no.depth));
      this.operation = operation;
      this.k = k;
      this.yes = yes;
      this.no = no;
    }
  }
}

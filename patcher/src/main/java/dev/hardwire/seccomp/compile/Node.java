package dev.hardwire.seccomp.compile;

/**
 * A step of a filter before it has a place: the graph that the code generator lays out.
 *
 * <p>Invariants: nodes come from one {@link NodeGraph}, which keeps equal nodes the same object, so
 * identity is equality; the graph has no cycle.
 */
abstract class Node {
  private Node() {}

  /** Instructions of the graph below this node, nodes that are reached twice counted twice. */
  abstract int weight();

  /** Instructions on the longest way from here, this one and the return included. */
  abstract int depth();

  /** Ends the filter with a value. */
  static final class Return extends Node {
    final long value;

    Return(long value) {
      this.value = value;
    }

    @Override
    int weight() {
      return 1;
    }

    @Override
    int depth() {
      return 1;
    }
  }

  /** Does one thing to the accumulator and goes on. */
  static final class Step extends Node {
    final int code;
    final long k;
    final Node next;

    Step(int code, long k, Node next) {
      this.code = code;
      this.k = k;
      this.next = next;
    }

    @Override
    int weight() {
      return 1 + next.weight();
    }

    @Override
    int depth() {
      return 1 + next.depth();
    }
  }

  /** Compares the accumulator with a constant and goes on one of two ways. */
  static final class Branch extends Node {
    final int operation;
    final long k;
    final Node yes;
    final Node no;
    private final int weight;
    private final int depth;

    Branch(int operation, long k, Node yes, Node no) {
      this.operation = operation;
      this.k = k;
      this.yes = yes;
      this.no = no;
      this.weight = 1 + Math.min(1 << 20, yes.weight() + no.weight());
      this.depth = 1 + Math.max(yes.depth(), no.depth());
    }

    @Override
    int weight() {
      return weight;
    }

    @Override
    int depth() {
      return depth;
    }
  }
}

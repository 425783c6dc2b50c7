package dev.hardwire.filter.compile;

import dev.hardwire.filter.Bpf;

/** Runs trees of comparisons. */
final class Nodes {
  private Nodes() {}

  /** The leaf that a value leads to. */
  static Node follow(Node start, long value) {
    Node node = start;
    while (node instanceof Node.Branch branch) {
      boolean holds =
          switch (branch.operation) {
            case Bpf.JEQ -> value == branch.k;
            case Bpf.JGT -> value > branch.k;
            case Bpf.JSET -> (value & branch.k) != 0;
            default -> throw new AssertionError("operation " + branch.operation);
          };
      node = holds ? branch.yes : branch.no;
    }
    return node;
  }
}

package dev.hardwire.filter.compile;

import dev.hardwire.filter.Bpf;
import dev.hardwire.filter.Verdict;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Creates nodes, each distinct one only once, so that equal tails are shared. Nodes in keys are
 * compared by identity.
 */
final class NodeGraph {
  private final Map<List<Object>, Node> nodes = new HashMap<>();

  Node result(Verdict verdict) {
    return nodes.computeIfAbsent(
        List.of(Bpf.RET, verdict), key -> new Node.Return(verdict.value()));
  }

  /** Loads the word at {@code offset} of {@code seccomp_data}. */
  Node load(int offset, Node next) {
    return step(Bpf.LD | Bpf.ABS, offset, next);
  }

  /** Clears the bits of the accumulator that are not in {@code mask}. */
  Node and(long mask, Node next) {
    return step(Bpf.ALU | Bpf.AND | Bpf.K, mask, next);
  }

  private Node step(int code, long k, Node next) {
    if (next instanceof Node.Return) {
      return next;
    }
    return nodes.computeIfAbsent(List.of(code, k, next), key -> new Node.Step(code, k, next));
  }

  /**
   * @param operation {@link Bpf#JEQ}, {@link Bpf#JGT}, {@link Bpf#JGE} or {@link Bpf#JSET}
   */
  Node branch(int operation, long k, Node yes, Node no) {
    if (yes == no) {
      return yes;
    }
    return nodes.computeIfAbsent(
        List.of(operation, k, yes, no), key -> new Node.Branch(operation, k, yes, no));
  }
}

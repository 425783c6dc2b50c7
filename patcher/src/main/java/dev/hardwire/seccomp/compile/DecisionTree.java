package dev.hardwire.seccomp.compile;

import dev.hardwire.seccomp.Bpf;
import java.util.List;

/** Finds a number's range with few comparisons: a balanced tree, whatever the policy. */
final class DecisionTree {
  private final NodeGraph graph;

  DecisionTree(NodeGraph graph) {
    this.graph = graph;
  }

  /**
   * Tests of the accumulator, which holds the number.
   *
   * @param ranges without gaps and in order, neighbours with different decisions
   */
  Node over(List<NumberRange> ranges) {
    int count = ranges.size();
    if (count == 1) {
      return ranges.get(0).decision();
    }
    if (count == 3
        && ranges.get(1).isSingle()
        && ranges.get(0).decision() == ranges.get(2).decision()) {
      NumberRange hole = ranges.get(1);
      return graph.branch(Bpf.JEQ, hole.from(), hole.decision(), ranges.get(0).decision());
    }
    int middle = count / 2;
    return graph.branch(
        Bpf.JGE,
        ranges.get(middle).from(),
        over(ranges.subList(middle, count)),
        over(ranges.subList(0, middle)));
  }
}

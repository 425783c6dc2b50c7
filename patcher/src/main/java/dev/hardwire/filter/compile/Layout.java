package dev.hardwire.filter.compile;

import dev.hardwire.filter.Filter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Finds an order of a filter's instructions that the kernel translates in few passes.
 *
 * <p>Either branch of a test may follow it directly; other choices are tried for the tests near the
 * root, which move most of the other instructions.
 */
final class Layout {
  /** The number of tests that are turned around; all subsets are tried. */
  private static final int TURNED = 5;

  /** If an order needs no more passes than this, no other order is tried. */
  private static final int FEW_PASSES = 5;

  /** The size of the longest filter for which other orders are tried. */
  private static final int LIMIT = 512;

  private Layout() {}

  /**
   * The best order found.
   *
   * @param plain the instructions as {@link CodeGenerator} orders them
   */
  static Filter of(Node root, Filter plain) {
    Filter best = plain;
    Translation least = Translation.of(best);
    List<Node> tests = tests(root);
    for (int set = 1; set < 1 << tests.size(); set++) {
      if (least.passes() <= FEW_PASSES || best.size() > LIMIT) {
        break;
      }
      Filter filter = CodeGenerator.generate(root, subset(tests, set)).orElse(best);
      Translation translation = Translation.of(filter);
      if (translation.steps() < least.steps() && filter.size() <= best.size()) {
        best = filter;
        least = translation;
      }
    }
    return best;
  }

  private static Set<Node> subset(List<Node> tests, int set) {
    Set<Node> result = new HashSet<>();
    for (int i = 0; i < tests.size(); i++) {
      if ((set >>> i & 1) == 1) {
        result.add(tests.get(i));
      }
    }
    return result;
  }

  /** The tests nearest to the root that are followed by another one. */
  private static List<Node> tests(Node root) {
    List<Node> tests = new ArrayList<>();
    Set<Node> seen = new HashSet<>();
    Deque<Node> open = new ArrayDeque<>(List.of(root));
    while (!open.isEmpty() && tests.size() < TURNED) {
      Node node = open.remove();
      if (!seen.add(node)) {
        continue;
      }
      if (node instanceof Node.Step step) {
        open.add(step.next);
      } else if (node instanceof Node.Branch branch) {
        open.add(branch.yes);
        open.add(branch.no);
        if (!(branch.yes instanceof Node.Return && branch.no instanceof Node.Return)) {
          tests.add(branch);
        }
      }
    }
    return tests;
  }
}

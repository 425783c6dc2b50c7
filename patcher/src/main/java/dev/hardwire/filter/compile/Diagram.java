package dev.hardwire.filter.compile;

import dev.hardwire.filter.Verdict;
import java.util.Arrays;
import java.util.List;

/**
 * The decision for a call as a function of its arguments: an interval decision diagram.
 *
 * <p>Invariants: diagrams come from one {@link DiagramBuilder}, which represents equal ones by the
 * same object; on every path, variables occur in the builder's order.
 */
abstract class Diagram {
  private Diagram() {}

  /** A decision. */
  static final class Terminal extends Diagram {
    final Verdict verdict;

    Terminal(Verdict verdict) {
      this.verdict = verdict;
    }
  }

  /** Depends on a variable. */
  static final class Choice extends Diagram {
    final Variable variable;

    /** The first value of each piece, in ascending unsigned order; the first is 0. */
    final long[] starts;

    /** One for each piece; neighbours differ. */
    final List<Diagram> children;

    Choice(Variable variable, long[] starts, List<Diagram> children) {
      this.variable = variable;
      this.starts = starts;
      this.children = children;
    }

    /** The child for a value. */
    Diagram at(long value) {
      int first = 0;
      int last = starts.length - 1;
      while (first < last) {
        int middle = (first + last + 1) >>> 1;
        if (Long.compareUnsigned(starts[middle], value) <= 0) {
          first = middle;
        } else {
          last = middle - 1;
        }
      }
      return children.get(first);
    }

    /** The last value of a piece. */
    long end(int piece) {
      return piece + 1 < starts.length ? starts[piece + 1] - 1 : -1;
    }

    @Override
    public String toString() {
      return variable + Arrays.toString(starts);
    }
  }
}

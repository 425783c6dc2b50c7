package dev.hardwire.filter.compile;

import java.util.ArrayList;
import java.util.List;

/** Expresses by simple checks that a variable has one of the values that lead to a child. */
final class IntervalChecks {
  private IntervalChecks() {}

  /** Alternatives of which exactly one holds if the child is reached. */
  static List<PlainCheck> of(Diagram.Choice choice, Diagram child) {
    int argument = choice.variable.argument();
    boolean whole = choice.variable.mask() == -1;
    int pieces = choice.children.size();
    List<Integer> reaching = new ArrayList<>();
    for (int i = 0; i < pieces; i++) {
      if (choice.children.get(i) == child) {
        reaching.add(i);
      }
    }
    if (whole && reaching.size() == 2 && pieces == 3 && reaching.get(0) == 0) {
      long hole = choice.starts[1];
      if (reaching.get(1) == 2 && choice.end(1) == hole) {
        return List.of(new PlainCheck(argument, PlainCheck.Kind.NOT, -1, hole));
      }
    }
    if (whole && reaching.size() == 1) {
      int piece = reaching.get(0);
      if (piece == 0) {
        return List.of(new PlainCheck(argument, PlainCheck.Kind.AT_MOST, -1, choice.end(0)));
      }
      if (piece == pieces - 1) {
        return List.of(
            new PlainCheck(argument, PlainCheck.Kind.AT_LEAST, -1, choice.starts[piece]));
      }
    }
    return blocks(choice, child);
  }

  /** The same as blocks of numbers whose highest bits are given. */
  static List<PlainCheck> blocks(Diagram.Choice choice, Diagram child) {
    List<PlainCheck> checks = new ArrayList<>();
    for (int i = 0; i < choice.children.size(); i++) {
      if (choice.children.get(i) == child) {
        blocks(choice.variable, choice.starts[i], choice.end(i), 0, 64, checks);
      }
    }
    return checks;
  }

  /**
   * Adds the blocks of one interval that lie in one block.
   *
   * @param prefix the block's first number
   * @param free how many of its lowest bits are not given
   */
  private static void blocks(
      Variable variable, long from, long to, long prefix, int free, List<PlainCheck> checks) {
    long inside = free == Long.SIZE ? -1 : (1L << free) - 1;
    long last = prefix | inside;
    boolean apart = Long.compareUnsigned(last, from) < 0 || Long.compareUnsigned(prefix, to) > 0;
    if (apart || (prefix & ~variable.mask()) != 0) {
      return;
    }
    boolean within = Long.compareUnsigned(prefix, from) >= 0 && Long.compareUnsigned(last, to) <= 0;
    if (within) {
      long mask = variable.mask() & ~inside;
      checks.add(PlainCheck.bits(variable.argument(), mask, prefix & mask));
      return;
    }
    blocks(variable, from, to, prefix, free - 1, checks);
    blocks(variable, from, to, prefix | 1L << (free - 1), free - 1, checks);
  }
}

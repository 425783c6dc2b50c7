package dev.hardwire.filter.prove.explain;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.prove.symbolic.Bdd;
import dev.hardwire.filter.prove.symbolic.Pieces;
import dev.hardwire.filter.prove.symbolic.ValueText;
import dev.hardwire.filter.prove.symbolic.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Splits a function of a call's arguments into cases, each with its condition. */
final class CallCases {
  /** The maximum number of cases for one call; more would be unreadable. */
  private static final int LIMIT = 64;

  /**
   * The maximum number of intervals of one argument; with more, its bits are considered one by one.
   */
  private static final int INTERVALS = 100;

  /**
   * One case.
   *
   * @param condition of the arguments; empty if there is none
   * @param leaf value of the function
   */
  record Case(String condition, int leaf) {}

  private final Bdd bdd;
  private final Target architecture;
  private final String call;
  private final List<Case> cases = new ArrayList<>();

  private CallCases(Bdd bdd, Target architecture, String call) {
    this.bdd = bdd;
    this.architecture = architecture;
    this.call = call;
  }

  /**
   * The cases.
   *
   * @param call its name, for the names of its arguments; empty for none
   * @return empty if there are too many
   */
  static Optional<List<Case>> of(Bdd bdd, int function, Target architecture, String call) {
    CallCases cases = new CallCases(bdd, architecture, call);
    return cases.collect(function, List.of()) ? Optional.of(cases.cases) : Optional.empty();
  }

  private boolean collect(int function, List<String> conditions) {
    if (bdd.isLeaf(function)) {
      cases.add(new Case(joined(conditions), function));
      return cases.size() <= LIMIT;
    }
    int variable = bdd.variable(function);
    int argument = (variable - Words.ARGS) / Long.SIZE;
    int firstBit = Words.ARGS + Long.SIZE * argument;
    long support = Pieces.support(bdd, function, firstBit, Long.SIZE);
    ValueText text = text(argument, support, false);
    Optional<List<Pieces.Piece>> pieces =
        Pieces.of(bdd, function, firstBit, Long.SIZE, text.mask(), INTERVALS);
    return pieces.isPresent()
        ? intervals(pieces.get(), text, conditions)
        : bit(function, argument, firstBit, conditions);
  }

  /** The instruction pointer comes after the arguments. */
  private ValueText text(int argument, long support, boolean asBits) {
    return argument < 6
        ? ValueText.of(architecture, call, argument, support, asBits)
        : ValueText.ofInstructionPointer(support);
  }

  private static String joined(List<String> conditions) {
    boolean alone = conditions.size() == 1;
    return String.join(
        " && ",
        conditions.stream().map(c -> alone || !c.contains("||") ? c : "(" + c + ")").toList());
  }

  private boolean intervals(List<Pieces.Piece> pieces, ValueText text, List<String> conditions) {
    for (int below : pieces.stream().map(Pieces.Piece::function).distinct().toList()) {
      if (!collect(below, with(conditions, text.condition(pieces, below)))) {
        return false;
      }
    }
    return true;
  }

  private boolean bit(int function, int argument, int firstBit, List<String> conditions) {
    int variable = simplest(function, argument, firstBit).orElse(bdd.variable(function));
    int bit = Long.SIZE - 1 - (variable - firstBit);
    ValueText text = text(argument, 1L << bit, true);
    List<Pieces.Piece> pieces =
        List.of(
            new Pieces.Piece(0, 0, bdd.restrict(function, variable, false)),
            new Pieces.Piece(1L << bit, 1L << bit, bdd.restrict(function, variable, true)));
    return intervals(pieces, text, conditions);
  }

  /** The bit that leaves the fewest intervals if its value is known, if there is such a bit. */
  private OptionalInt simplest(int function, int argument, int firstBit) {
    long support = Pieces.support(bdd, function, firstBit, Long.SIZE);
    int best = -1;
    long fewest = Long.MAX_VALUE;
    for (int variable = firstBit; variable < firstBit + Long.SIZE; variable++) {
      if ((support >>> (Long.SIZE - 1 - (variable - firstBit)) & 1) == 1) {
        long left =
            intervals(bdd.restrict(function, variable, false), argument, firstBit)
                + intervals(bdd.restrict(function, variable, true), argument, firstBit);
        if (left < fewest) {
          fewest = left;
          best = variable;
        }
      }
    }
    return fewest <= 2 * INTERVALS ? OptionalInt.of(best) : OptionalInt.empty();
  }

  /** The number of intervals of an argument; more than can be listed if there are too many. */
  private long intervals(int function, int argument, int firstBit) {
    if (bdd.isLeaf(function)) {
      return 1;
    }
    long support = Pieces.support(bdd, function, firstBit, Long.SIZE);
    long mask = support == 0 ? 0 : text(argument, support, false).mask();
    return Pieces.of(bdd, function, firstBit, Long.SIZE, mask, INTERVALS)
        .map(List::size)
        .orElse(3 * INTERVALS);
  }

  private static List<String> with(List<String> conditions, String condition) {
    List<String> more = new ArrayList<>(conditions);
    more.add(condition);
    return more;
  }
}

package dev.hardwire.filter.prove.symbolic;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A function as a list of intervals of one number that it depends on, each with the remaining
 * function.
 *
 * <p>Only the bits of a mask of the number are considered; the others are taken as 0. Intervals are
 * in ascending unsigned order, and neighbours have different functions.
 */
public final class Pieces {
  /**
   * One interval.
   *
   * @param from the first value
   * @param to the last value
   */
  public record Piece(long from, long to, int function) {}

  private final Bdd bdd;
  private final int firstBit;
  private final int width;
  private final long mask;
  private final int limit;
  private final List<Piece> pieces = new ArrayList<>();

  private Pieces(Bdd bdd, int firstBit, int width, long mask, int limit) {
    this.bdd = bdd;
    this.firstBit = firstBit;
    this.width = width;
    this.mask = mask;
    this.limit = limit;
  }

  /**
   * The intervals.
   *
   * @param firstBit number of the variable that is the number's highest bit
   * @param width of the number in bits
   * @param mask at least the bits that the function depends on
   * @return empty if there are more than {@code limit}
   */
  public static Optional<List<Piece>> of(
      Bdd bdd, int function, int firstBit, int width, long mask, int limit) {
    Pieces pieces = new Pieces(bdd, firstBit, width, mask, limit);
    return pieces.collect(function, 0, 0) ? Optional.of(pieces.pieces) : Optional.empty();
  }

  /** The bits of a number that a function depends on. */
  public static long support(Bdd bdd, int function, int firstBit, int width) {
    long support = 0;
    Set<Integer> seen = new HashSet<>();
    Deque<Integer> open = new ArrayDeque<>(List.of(function));
    while (!open.isEmpty()) {
      int next = open.pop();
      if (seen.add(next) && !bdd.isLeaf(next) && bdd.variable(next) < firstBit + width) {
        if (bdd.variable(next) >= firstBit) {
          support |= 1L << (width - 1 - (bdd.variable(next) - firstBit));
        }
        open.push(bdd.low(next));
        open.push(bdd.high(next));
      }
    }
    return support;
  }

  /** The function for a value of a number; it must not depend on variables before the number. */
  public static int at(Bdd bdd, int function, int firstBit, int width, long value) {
    int result = function;
    while (!bdd.isLeaf(result) && bdd.variable(result) < firstBit + width) {
      int bit = width - 1 - (bdd.variable(result) - firstBit);
      result = (value >>> bit & 1) == 0 ? bdd.low(result) : bdd.high(result);
    }
    return result;
  }

  /**
   * Adds the intervals below a function.
   *
   * @param bit counted from the highest
   * @param prefix the value of the bits before it
   * @return whether there are at most {@code limit} intervals
   */
  private boolean collect(int function, int bit, long prefix) {
    if (bdd.isLeaf(function) || bdd.variable(function) >= firstBit + width) {
      long below = bit == width ? 0 : (bit == 0 ? -1 : (1L << (width - bit)) - 1);
      if (bit == 0 && width < Long.SIZE) {
        below = (1L << width) - 1;
      }
      add(new Piece(prefix, prefix | (mask & below), function));
      return pieces.size() <= limit;
    }
    long value = 1L << (width - 1 - bit);
    if ((mask & value) == 0) {
      return collect(function, bit + 1, prefix);
    }
    boolean here = bdd.variable(function) == firstBit + bit;
    return collect(here ? bdd.low(function) : function, bit + 1, prefix)
        && collect(here ? bdd.high(function) : function, bit + 1, prefix | value);
  }

  private void add(Piece piece) {
    int end = pieces.size() - 1;
    if (end >= 0 && pieces.get(end).function == piece.function) {
      pieces.set(end, new Piece(pieces.get(end).from, piece.to, piece.function));
    } else {
      pieces.add(piece);
    }
  }
}

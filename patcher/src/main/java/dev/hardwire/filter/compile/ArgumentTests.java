package dev.hardwire.filter.compile;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.Bpf;
import dev.hardwire.filter.SeccompData;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.IntFunction;

/**
 * Turns a call's diagram into tests of words.
 *
 * <p>A variable of more than 32 bits is tested by its high word first. The contents of the
 * accumulator are tracked, so that a word is not loaded twice in a row.
 */
final class ArgumentTests {
  /** The accumulator holds no whole word of an argument. */
  private static final int NOTHING = -1;

  private final Target architecture;
  private final NodeGraph graph;
  private final Map<List<Object>, Node> done = new HashMap<>();

  ArgumentTests(Target architecture, NodeGraph graph) {
    this.architecture = architecture;
    this.graph = graph;
  }

  /** The tests; the accumulator holds no argument before them. */
  Node of(Diagram diagram) {
    return of(diagram, NOTHING);
  }

  /**
   * The tests.
   *
   * @param loaded the offset of the word that the accumulator holds, or {@link #NOTHING}
   */
  private Node of(Diagram diagram, int loaded) {
    if (diagram instanceof Diagram.Terminal terminal) {
      return graph.result(terminal.verdict);
    }
    List<Object> key = List.of(diagram, loaded);
    Node known = done.get(key);
    if (known == null) {
      Diagram.Choice choice = (Diagram.Choice) diagram;
      known = choice.variable.highMask() == 0 ? low(choice, 0, loaded) : high(choice, loaded);
      done.put(key, known);
    }
    return known;
  }

  /**
   * Pieces of the high word, each with its pieces of the low word. A piece is what continues after
   * the test, given the contents of the accumulator.
   */
  private Node high(Diagram.Choice choice, int loaded) {
    int offset = SeccompData.highHalf(choice.variable.argument(), architecture.order());
    TreeMap<Long, IntFunction<Node>> pieces = new TreeMap<>();
    for (int i = 0; i < choice.starts.length; i++) {
      long first = choice.starts[i] >>> 32;
      boolean whole = (choice.starts[i] & 0xffff_ffffL) == 0;
      long last = choice.end(i) >>> 32;
      boolean toTheEnd = (choice.end(i) & 0xffff_ffffL) == 0xffff_ffffL;
      pieces.putIfAbsent(first, after -> low(choice, first, after));
      long inner = whole ? first : first + 1;
      long end = toTheEnd ? last : last - 1;
      if (inner <= end) {
        Diagram child = choice.children.get(i);
        pieces.put(inner, after -> of(child, after));
      }
      if (!toTheEnd && last > first) {
        pieces.put(last, after -> low(choice, last, after));
      }
    }
    return word(offset, choice.variable.highMask(), pieces, loaded);
  }

  /** Pieces of the low word where the high word is {@code high}. */
  private Node low(Diagram.Choice choice, long high, int loaded) {
    int offset = SeccompData.lowHalf(choice.variable.argument(), architecture.order());
    TreeMap<Long, IntFunction<Node>> pieces = new TreeMap<>();
    Diagram first = choice.at(high << 32);
    pieces.put(0L, after -> of(first, after));
    for (int i = 0; i < choice.starts.length; i++) {
      if (choice.starts[i] >>> 32 == high) {
        Diagram child = choice.children.get(i);
        pieces.put(choice.starts[i] & 0xffff_ffffL, after -> of(child, after));
      }
    }
    return word(offset, choice.variable.lowMask(), pieces, loaded);
  }

  private Node word(
      int offset, long mask, NavigableMap<Long, IntFunction<Node>> pieces, int loaded) {
    List<Map.Entry<Long, IntFunction<Node>>> list = reachable(mask, pieces);
    if (list.size() == 1) {
      return list.get(0).getValue().apply(loaded);
    }
    boolean whole = mask == 0xffff_ffffL;
    Node test;
    if (!whole && list.size() == 2 && !Variable.hasValue(mask, 1, list.get(1).getKey() - 1)) {
      Node none = list.get(0).getValue().apply(offset);
      Node some = list.get(1).getValue().apply(offset);
      test = graph.branch(Bpf.JSET, mask, some, none);
    } else {
      test = FlagSet.over(graph, ranges(list, whole ? offset : NOTHING));
      test = whole ? test : graph.and(mask, test);
    }
    boolean needed = loaded != offset && !(test instanceof Node.Return);
    return needed ? graph.load(offset, test) : test;
  }

  private static List<Map.Entry<Long, IntFunction<Node>>> reachable(
      long mask, NavigableMap<Long, IntFunction<Node>> pieces) {
    List<Map.Entry<Long, IntFunction<Node>>> list = new ArrayList<>();
    for (Map.Entry<Long, IntFunction<Node>> piece : pieces.entrySet()) {
      Long next = pieces.higherKey(piece.getKey());
      if (Variable.hasValue(mask, piece.getKey(), next == null ? WordRange.LAST : next - 1)) {
        list.add(list.isEmpty() ? Map.entry(0L, piece.getValue()) : piece);
      }
    }
    return list;
  }

  /** The pieces with their tests, equal neighbours as one. */
  private static List<WordRange> ranges(List<Map.Entry<Long, IntFunction<Node>>> list, int loaded) {
    List<WordRange> ranges = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      long to = i + 1 < list.size() ? list.get(i + 1).getKey() - 1 : WordRange.LAST;
      Node target = list.get(i).getValue().apply(loaded);
      int end = ranges.size() - 1;
      if (end >= 0 && ranges.get(end).target() == target) {
        ranges.set(end, new WordRange(ranges.get(end).from(), to, target, 1));
      } else {
        ranges.add(new WordRange(list.get(i).getKey(), to, target, 1));
      }
    }
    return ranges;
  }
}

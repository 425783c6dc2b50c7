package dev.hardwire.filter.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.filter.Bpf;
import dev.hardwire.filter.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class FlagSetTest {
  private final NodeGraph graph = new NodeGraph();
  private final List<Node> targets =
      List.of(result(Verdict.ALLOW), result(Verdict.KILL_PROCESS), result(Verdict.LOG));

  private Node result(long value) {
    return graph.result(new Verdict(value));
  }

  /** The ranges of a function that changes at some values. */
  private static List<WordRange> ranges(NavigableMap<Long, Node> starts) {
    List<WordRange> ranges = new ArrayList<>();
    starts.forEach(
        (from, target) -> {
          Long next = starts.higherKey(from);
          long to = next == null ? WordRange.LAST : next - 1;
          WordRange last = ranges.isEmpty() ? null : ranges.get(ranges.size() - 1);
          if (last != null && last.target() == target) {
            ranges.set(ranges.size() - 1, new WordRange(last.from(), to, target, 1));
          } else {
            ranges.add(new WordRange(from, to, target, 1));
          }
        });
    return ranges;
  }

  /** Some values have one target, all others another one. */
  private List<WordRange> only(long... values) {
    NavigableMap<Long, Node> starts = new TreeMap<>();
    starts.put(0L, targets.get(1));
    for (long value : values) {
      starts.put(value, targets.get(0));
      if (value < WordRange.LAST) {
        starts.put(value + 1, targets.get(1));
      }
    }
    return ranges(starts);
  }

  private static void assertDecides(Node node, List<WordRange> ranges) {
    for (WordRange range : ranges) {
      long inside = Math.min(range.to(), range.from() + 300);
      for (long value = range.from(); value <= inside; value++) {
        assertDecides(node, value, range);
      }
      for (int bit = 0; bit < Integer.SIZE; bit++) {
        long value = range.from() | 1L << bit;
        if (value <= range.to()) {
          assertDecides(node, value, range);
        }
      }
      assertDecides(node, range.to(), range);
    }
  }

  private static void assertDecides(Node node, long value, WordRange range) {
    if (Nodes.follow(node, value) != range.target()) { // which is faster than an assertion
      assertThat(Nodes.follow(node, value)).as("value %#x", value).isSameAs(range.target());
    }
  }

  @Test
  void allCombinationsOfFlagsTakeOneTest() {
    List<WordRange> ranges = only(0, 8, 0x20000, 0x20008, 0xffff_ffffL);
    Node node = FlagSet.over(graph, ranges);
    assertThat(CodeGenerator.count(node)).isEqualTo(4);
    assertThat(node.depth).isEqualTo(3);
    assertThat(((Node.Branch) node).operation).isEqualTo(Bpf.JSET);
    assertThat(((Node.Branch) node).k).isEqualTo(0xfffd_fff7L);
    assertThat(Nodes.follow(node, 8)).isSameAs(targets.get(0));
    assertDecides(node, ranges);
  }

  @Test
  void aCombinationThatIsMissingIsDecidedAlone() {
    List<WordRange> ranges = only(0, 0x80, 0x2000, 0x400_0000, 0x400_0080);
    Node node = FlagSet.over(graph, ranges);
    assertThat(CodeGenerator.count(node))
        .isLessThan(CodeGenerator.count(RangeTree.over(graph, Objective.SIZE, ranges)));
    assertDecides(node, ranges);
  }

  @Test
  void valuesWithoutCommonBitsAreCompared() {
    List<WordRange> ranges = only(1, 5, 77, 0x5413, 0x8000_0000L);
    assertThat(FlagSet.over(graph, ranges)).isSameAs(RangeTree.over(graph, Objective.SIZE, ranges));
  }

  @Test
  void everyValueIsDecided() {
    Random random = new Random(18);
    int shorter = 0;
    for (int round = 0; round < 4000; round++) {
      long[] bits = {1L << random.nextInt(32), 1L << random.nextInt(32), 1L << random.nextInt(32)};
      NavigableMap<Long, Node> starts = new TreeMap<>();
      int others = random.nextInt(3);
      starts.put(0L, targets.get(others));
      for (int n = 2 + random.nextInt(9); n > 0; n--) {
        long value = 0;
        for (long bit : bits) {
          value |= random.nextBoolean() ? bit : 0;
        }
        value |= random.nextInt(5) == 0 ? random.nextInt(4) : 0;
        value = random.nextInt(12) == 0 ? value ^ WordRange.LAST : value;
        starts.put(value, targets.get(random.nextInt(5) == 0 ? random.nextInt(3) : 0));
        long next = value + 1 + (random.nextInt(6) == 0 ? random.nextInt(9) : 0);
        if (next <= WordRange.LAST) {
          starts.putIfAbsent(next, targets.get(others));
        }
      }
      List<WordRange> ranges = ranges(starts);
      Node node = FlagSet.over(graph, ranges);
      assertDecides(node, ranges);
      Node compared = RangeTree.over(graph, Objective.SIZE, ranges);
      assertThat(CodeGenerator.count(node)).isLessThanOrEqualTo(CodeGenerator.count(compared));
      shorter += node == compared ? 0 : 1;
    }
    assertThat(shorter).isGreaterThan(300);
  }
}

package dev.hardwire.filter.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.filter.Bpf;
import dev.hardwire.filter.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BitTestsTest {
  private static final Prices SIZE = new Prices(1, 1000, 0);

  private final NodeGraph graph = new NodeGraph();
  private final List<Node> targets =
      List.of(result(Verdict.ALLOW), result(Verdict.KILL_PROCESS), result(Verdict.LOG));

  private Node result(long value) {
    return graph.result(new Verdict(value));
  }

  /** Ranges that begin at {@code first} and go on as long as {@code lengths} say. */
  private List<WordRange> ranges(long first, int[] lengths, int[] chosen) {
    List<WordRange> ranges = new ArrayList<>();
    long from = first;
    for (int i = 0; i < lengths.length; i++) {
      Node target = targets.get(chosen[i]);
      ranges.add(new WordRange(from, from + lengths[i] - 1, target, lengths[i]));
      from += lengths[i];
    }
    return ranges;
  }

  private static void assertDecides(Node node, List<WordRange> ranges) {
    for (WordRange range : ranges) {
      for (long value = range.from(); value <= range.to(); value++) {
        assertThat(Nodes.follow(node, value)).as("value %#x", value).isSameAs(range.target());
      }
    }
  }

  @Test
  void oneMaskTellsManyRanges() {
    // every fourth number has none of the two low bits
    List<WordRange> ranges =
        ranges(300, new int[] {1, 3, 1, 3, 1, 3}, new int[] {0, 1, 0, 1, 0, 1});
    BitTests tests = BitTests.of(graph, SIZE, ranges).orElseThrow();
    assertThat(tests.build().depth).isEqualTo(2);
    Node.Branch test = (Node.Branch) tests.build();
    assertThat(test.operation).isEqualTo(Bpf.JSET);
    assertThat(test.k).isEqualTo(3);
    assertDecides(test, ranges);
  }

  @Test
  void aSingleValueAmongThemTakesOneMore() {
    List<WordRange> ranges = ranges(64, new int[] {2, 1, 1, 4, 4, 4}, new int[] {1, 2, 1, 0, 1, 0});
    BitTests tests = BitTests.of(graph, SIZE, ranges).orElseThrow();
    Node.Branch test = (Node.Branch) tests.build();
    assertThat(test.operation).isEqualTo(Bpf.JSET);
    assertThat(test.k).isEqualTo(4);
    assertThat(((Node.Branch) test.no).operation).isEqualTo(Bpf.JEQ);
    assertThat(((Node.Branch) test.no).k).isEqualTo(66);
    assertDecides(test, ranges);
  }

  @Test
  void threeTestsAreTooMany() {
    List<WordRange> ranges = ranges(64, new int[] {1, 2, 2, 1, 3, 3}, new int[] {0, 1, 2, 0, 2, 1});
    assertThat(BitTests.of(graph, SIZE, ranges)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 31, 63, 64, 100, 0x7fff_ffe0L, 0x8000_0000L, 0xffff_ffc0L})
  void everyValueIsDecided(long first) {
    Random random = new Random(first);
    int found = 0;
    for (int round = 0; round < 3000; round++) {
      int[] lengths = new int[3 + random.nextInt(7)];
      int[] chosen = new int[lengths.length];
      for (int i = 0; i < lengths.length; i++) {
        lengths[i] = 1 + (random.nextBoolean() ? 0 : random.nextInt(7));
        int other = 1 + (random.nextInt(8) == 0 ? 1 : 0);
        chosen[i] = i == 0 ? 0 : (chosen[i - 1] + other) % (random.nextBoolean() ? 3 : 2);
        chosen[i] = i > 0 && chosen[i] == chosen[i - 1] ? (chosen[i] + 1) % 3 : chosen[i];
      }
      List<WordRange> ranges = ranges(first, lengths, chosen);
      BitTests tests = BitTests.of(graph, SIZE, ranges).orElse(null);
      if (tests != null) {
        Node node = tests.build();
        assertDecides(node, ranges);
        assertThat(node.depth).isLessThanOrEqualTo(3);
        found++;
      }
    }
    assertThat(found).isGreaterThan(100);
  }
}

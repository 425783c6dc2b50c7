package dev.hardwire.trees;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OrderedWorkTest {
  private static final List<Integer> ITEMS = IntStream.range(0, 500).boxed().toList();

  /** All would take so long that the thread that takes results has had its turn before. */
  private static final int MANY = 100_000;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7})
  void resultsComeInOrder(int jobs) {
    List<Integer> results = new ArrayList<>();
    OrderedWork.run(
        ITEMS,
        jobs,
        item -> {
          pause(item % 5);
          return item + 1;
        },
        results::add);
    assertThat(results).isEqualTo(ITEMS.stream().map(item -> item + 1).toList());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void whatWasBegunIsHandedOverAndLittleElse(int jobs) {
    ConcurrentLinkedQueue<Integer> done = new ConcurrentLinkedQueue<>();
    List<Integer> results = new ArrayList<>();
    OrderedWork.run(
        IntStream.range(0, MANY).boxed().toList(),
        jobs,
        item -> {
          pause(9);
          done.add(item);
          return item;
        },
        result -> {
          results.add(result);
          return result < 20;
        });
    assertThat(results).containsExactlyInAnyOrderElementsOf(done).hasSizeBetween(21, MANY / 2);
    assertThat(results).isSorted();
  }

  private static void pause(int tenths) {
    try {
      Thread.sleep(0, 100_000 * tenths);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}

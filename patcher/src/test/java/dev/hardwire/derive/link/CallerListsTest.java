package dev.hardwire.derive.link;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Lists of callers, which share arrays that grow. */
class CallerListsTest {
  private static final int FUNCTIONS = 5000;

  @Test
  void callersAreSortedAndCountOnce() {
    CallerLists lists = new CallerLists(3);
    for (int caller : new int[] {7, 2, 2, 7, 0, 2}) {
      lists.add(1, caller);
    }
    lists.add(0, 1);
    assertThat(lists.of(0)).containsExactly(1);
    assertThat(lists.of(1)).containsExactly(0, 2, 7);
    assertThat(lists.of(2)).isEmpty();
  }

  @Test
  void listsGrow() {
    CallerLists lists = new CallerLists(FUNCTIONS);
    for (int caller = 0; caller < FUNCTIONS; caller++) {
      lists.add(caller, caller);
      lists.add(0, caller);
    }
    assertThat(lists.of(0)).hasSize(FUNCTIONS).isSorted();
    assertThat(lists.of(FUNCTIONS - 1)).containsExactly(FUNCTIONS - 1);
  }
}

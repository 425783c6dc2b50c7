package dev.hardwire.derive.link;

import dev.hardwire.derive.module.LongList;
import java.util.Arrays;

/** What led to each function first. */
public final class Origins {
  private static final int NONE = -1;

  /** The function that led there, or {@code -2 - function} if that ran only before the hook. */
  private final int[] parents;

  private final EdgeKind[] ways;

  Origins(int functions) {
    this.parents = new int[functions];
    this.ways = new EdgeKind[functions];
  }

  void set(int id, int from, boolean before, EdgeKind via) {
    parents[id] = before ? -2 - from : from;
    ways[id] = via;
  }

  public EdgeKind way(int id) {
    return ways[id];
  }

  /** The function that took the address of another before the hook; -1 for none. */
  public int takenBefore(int id) {
    return parents[id] < NONE ? -2 - parents[id] : NONE;
  }

  /** The way from a root to a function: the functions, the root first. */
  public int[] chain(int id) {
    LongList back = new LongList();
    for (int at = id; at >= 0; at = parents[at]) {
      back.add(at);
    }
    int[] chain = new int[back.size()];
    Arrays.setAll(chain, i -> (int) back.get(back.size() - 1 - i));
    return chain;
  }
}

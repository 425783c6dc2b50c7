package dev.hardwire.live.truth;

import java.util.ArrayList;
import java.util.List;

/** The grammar: every mutation, as often as its weight. */
final class Mutations {
  private static final List<Mutation> ALL = all();

  private Mutations() {}

  private static List<Mutation> all() {
    List<Mutation> all = new ArrayList<>();
    HeaderMutations.addTo(all);
    SegmentMutations.addTo(all);
    DynamicMutations.addTo(all);
    RelocationMutations.addTo(all);
    SymbolMutations.addTo(all);
    TableMutations.addTo(all);
    Recipes.addTo(all);
    return List.copyOf(all);
  }

  static void add(List<Mutation> all, int weight, Mutation mutation) {
    for (int i = 0; i < weight; i++) {
      all.add(mutation);
    }
  }

  /** Changes a file in one to five ways, most often in one or two. */
  static void apply(Draft draft) {
    int count = 1;
    while (count < 5 && draft.chance(50)) {
      count++;
    }
    for (int i = 0; i < count; i++) {
      draft.pick(ALL).apply(draft);
    }
  }
}

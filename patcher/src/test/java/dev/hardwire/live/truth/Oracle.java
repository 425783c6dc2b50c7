package dev.hardwire.live.truth;

import dev.hardwire.verify.result.PatchSummary;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Compares what a file that verifies promises with what the program reported. {@code entry}, {@code
 * init} and mode needed promise that all code of the program is confined, {@code post-init} that
 * main and what follows is.
 */
final class Oracle {
  /** Code that runs instead of the start code, and so of everything else. */
  private static final Set<String> INSTEAD = Set.of("start", "replaced");

  private static final int END = 7;

  private Oracle() {}

  /** Each promise that was broken, in words. */
  static List<String> broken(List<PatchSummary> patches, Observation seen) {
    List<String> all = new ArrayList<>();
    List<Layer> layers =
        patches.size() == 1 ? List.of(Layer.INNER) : List.of(Layer.OUTER, Layer.INNER);
    for (int i = 0; i < layers.size(); i++) {
      Layer layer = layers.get(i);
      String hook = patches.get(i).hookText();
      boolean kept =
          hook.equals("post-init") ? keepsPostInit(layer, seen) : keepsAlways(layer, seen);
      if (!kept) {
        all.add("%s of %s".formatted(hook, layer));
      }
    }
    return all;
  }

  private static boolean keepsAlways(Layer layer, Observation seen) {
    return seen.lines().stream().allMatch(line -> line.isConfinedBy(layer))
        && !(layer == Layer.INNER && seen.survivedLast());
  }

  /** main may have run as a constructor, too. */
  private static boolean keepsPostInit(Layer layer, Observation seen) {
    List<Observation.Line> lines = seen.lines();
    if (lines.stream().anyMatch(l -> INSTEAD.contains(l.stage()) && !l.isConfinedBy(layer))) {
      return false;
    }
    return seen.status() != END
        || lines.isEmpty()
        || lines.get(lines.size() - 1).isConfinedBy(layer);
  }
}

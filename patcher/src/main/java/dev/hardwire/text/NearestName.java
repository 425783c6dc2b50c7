package dev.hardwire.text;

import java.util.Collection;
import java.util.Optional;

/** Finds the known name that is nearest to a misspelt one. */
public final class NearestName {
  private NearestName() {}

  /**
   * The candidate with the fewest single-character edits from {@code name}, if these are at most a
   * third of its length; of several, the first in alphabetical order; empty if none is near.
   */
  public static Optional<String> of(String name, Collection<String> candidates) {
    int limit = Math.max(1, name.length() / 3);
    return candidates.stream()
        .filter(candidate -> Math.abs(candidate.length() - name.length()) <= limit)
        .map(candidate -> new Scored(candidate, distance(name, candidate)))
        .filter(scored -> scored.distance <= limit)
        .min(
            (a, b) ->
                a.distance != b.distance
                    ? Integer.compare(a.distance, b.distance)
                    : a.name.compareTo(b.name))
        .map(Scored::name);
  }

  /** The clause {@code ; did you mean "NAME"?}; empty if no name is near. */
  public static String hint(String name, Collection<String> candidates) {
    return of(name, candidates).map(nearest -> "; did you mean \"" + nearest + "\"?").orElse("");
  }

  private record Scored(String name, int distance) {}

  /** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
  private static int distance(String a, String b) {
    int[][] cost = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          cost[i][j] = i + j;
          continue;
        }
        int replace = cost[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        cost[i][j] = Math.min(replace, 1 + Math.min(cost[i - 1][j], cost[i][j - 1]));
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
      }
    }
    return cost[a.length()][b.length()];
  }
}

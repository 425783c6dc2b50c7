package dev.hardwire.learn.paths;

import java.util.HashSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The paths of one list of rules.
 *
 * <p>Invariant: no path is below another one.
 */
final class MergedPaths {
  /** So many paths below a directory stand for all of it. */
  private static final int ENOUGH = 3;

  /** Directories that are deeper are not looked at. */
  private static final int DEEPEST = 12;

  /** What a rule is for: the number of paths that were used, and the first place. */
  record Reason(long paths, String first) {
    Reason and(Reason other) {
      return new Reason(paths + other.paths, first);
    }
  }

  private final boolean write;
  private final Set<String> asked;
  private final SortedMap<String, Reason> rules = new TreeMap<>();

  /**
   * @param write whether what is covered may be changed
   * @param asked directories that the user grants if something below them is used
   */
  MergedPaths(boolean write, Set<String> asked) {
    this.write = write;
    this.asked = asked;
  }

  void add(String path, Reason reason) {
    String target = write ? path : asked(path);
    rules.merge(target, reason, Reason::and);
  }

  private String asked(String path) {
    String found = path;
    for (String at = path; !at.equals("/"); at = PathText.parent(at)) {
      found = asked.contains(at) ? at : found;
    }
    return asked.contains("/") ? "/" : found;
  }

  SortedMap<String, Reason> rules() {
    return rules;
  }

  /** Whether a rule applies to a path. */
  boolean covers(String path) {
    return coveredBy(path) != null;
  }

  private String coveredBy(String path) {
    String at = path;
    while (!rules.containsKey(at)) {
      if (at.equals("/")) {
        return null;
      }
      at = PathText.parent(at);
    }
    return at;
  }

  /** Removes paths below others, and replaces several in a directory by it, where that may be. */
  void merge() {
    mergeExcept(Set.of());
  }

  /** The same, but not into directories of other rules. */
  void mergeExcept(Set<String> others) {
    Set<String> kept = new HashSet<>();
    for (String other : others) {
      for (int depth = 1; depth <= DEEPEST; depth++) {
        kept.add(ancestor(other, depth));
      }
    }
    fold();
    for (int depth = DEEPEST; depth > 0; depth--) {
      SortedMap<String, Integer> counts = new TreeMap<>();
      for (String path : rules.keySet()) {
        String directory = ancestor(path, depth);
        if (directory != null && !kept.contains(directory) && PathText.mayMerge(directory, write)) {
          counts.merge(directory, 1, Integer::sum);
        }
      }
      counts.forEach(
          (directory, count) -> {
            if (count >= ENOUGH) {
              rules.put(directory, new Reason(0, ""));
            }
          });
      fold();
    }
  }

  /** The directory of a depth that has a path below it; null if there is none. */
  private static String ancestor(String path, int depth) {
    int end = 0;
    for (int i = 0; i < depth && end >= 0; i++) {
      end = path.indexOf('/', end + 1);
    }
    return end < 0 ? null : path.substring(0, end);
  }

  /** Removes paths below others. */
  private void fold() {
    SortedMap<String, Reason> all = new TreeMap<>(rules);
    all.forEach(
        (path, reason) -> {
          if (!path.equals("/")) {
            String directory = coveredBy(PathText.parent(path));
            if (directory != null) {
              rules.remove(path);
              Reason known = rules.get(directory);
              rules.put(directory, known.paths == 0 ? reason : known.and(reason));
            }
          }
        });
  }
}

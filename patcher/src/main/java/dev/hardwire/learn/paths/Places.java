package dev.hardwire.learn.paths;

import java.util.Map;
import java.util.Set;

/** The paths that exist when the program starts again, and so can have rules. */
final class Places {
  private static final Set<PathUse> CHANGES = Set.of(PathUse.MAKE, PathUse.REMOVE);

  private final Uses uses;

  Places(Uses uses) {
    this.uses = uses;
  }

  /**
   * The path of a rule for another path: itself, or the nearest directory that was there before and
   * that a policy can name.
   *
   * @param write whether it is changed
   */
  String of(String path, boolean write) {
    String made = topmost(path);
    String place =
        made == null ? path : made.equals(path) && stays(path) ? path : PathText.parent(made);
    while (!PathText.isExpressible(place)) {
      place = PathText.parent(place);
    }
    return PathText.lasting(place, write);
  }

  /** The topmost of a path and its directories that was made or removed; null if none was. */
  private String topmost(String path) {
    String found = null;
    for (String at = path; !at.equals("/"); at = PathText.parent(at)) {
      Map<PathUse, Uses.Seen> ways = uses.paths.get(at);
      if (ways != null
          && (ways.containsKey(PathUse.CREATE) || CHANGES.stream().anyMatch(ways::containsKey))) {
        found = at;
      }
    }
    return found;
  }

  /**
   * Whether a file that may have been made is there the next time, and its directory can have no
   * rule: /dev/null, a file in /etc.
   */
  private boolean stays(String path) {
    String directory = PathText.parent(path);
    boolean alone = PathText.isNever(directory) || PathText.isBelow(directory, "/dev");
    return alone
        && PathText.isExpressible(path)
        && CHANGES.stream().noneMatch(uses.paths.get(path)::containsKey);
  }
}

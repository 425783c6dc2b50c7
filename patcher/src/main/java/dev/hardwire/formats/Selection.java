package dev.hardwire.formats;

import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.text.NearestName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Chooses among the named parts of a file that holds several policies. */
public final class Selection {
  private Selection() {}

  /**
   * The selected parts, or the only one.
   *
   * @param what they are, for messages
   * @throws PolicyException if none is selected of several, or one that is not there
   */
  public static <T> List<T> of(
      Map<String, T> parts, List<String> names, Position position, String what) {
    String known = String.join(", ", parts.keySet());
    if (parts.isEmpty()) {
      throw new PolicyException(position, "the file has no " + what);
    }
    if (names.isEmpty() && parts.size() > 1) {
      throw new PolicyException(
          position,
          "the file has the %s %s; choose by --select of \"hardwire policy convert\""
              .formatted(what, known));
    }
    List<T> selected = new ArrayList<>();
    for (String name : names.isEmpty() ? parts.keySet() : names) {
      if (!parts.containsKey(name)) {
        throw new PolicyException(
            position,
            "--select: \"%s\" is not among the %s%s (it has: %s)"
                .formatted(name, what, NearestName.hint(name, parts.keySet()), known));
      }
      selected.add(parts.get(name));
    }
    return selected;
  }
}

package dev.hardwire.why;

import dev.hardwire.resource.Resources;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** What programs usually make a call for: {@code purposes.txt}. */
public final class Purposes {
  private static final Map<String, String> ALL = load();

  private Purposes() {}

  private static Map<String, String> load() {
    Map<String, String> all = new HashMap<>();
    for (String line : Resources.text(Purposes.class, "purposes.txt").split("\n", -1)) {
      int space = line.indexOf(' ');
      if (space > 0 && line.charAt(0) != '#') {
        all.put(line.substring(0, space), line.substring(space + 1));
      }
    }
    return Map.copyOf(all);
  }

  /** A phrase that says what the call does for programs; empty if it is not a usual one. */
  public static Optional<String> of(String call) {
    return Optional.ofNullable(ALL.get(call));
  }

  static Iterable<String> calls() {
    return ALL.keySet();
  }
}

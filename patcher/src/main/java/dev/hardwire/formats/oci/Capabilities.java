package dev.hardwire.formats.oci;

import dev.hardwire.text.NearestName;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The names of capabilities, capabilities(7). */
public final class Capabilities {
  /** In the order of linux/capability.h. */
  public static final List<String> NAMES =
      Stream.of(dev.hardwire.policy.Capabilities.Capability.values())
          .map(capability -> "CAP_" + capability.name())
          .toList();

  private Capabilities() {}

  /**
   * What is wrong with a name.
   *
   * @throws IllegalArgumentException if there is no such capability
   */
  public static void check(String name) {
    if (NAMES.contains(name)) {
      return;
    }
    String upper = name.toUpperCase(Locale.ROOT);
    String full = upper.startsWith("CAP_") ? upper : "CAP_" + upper;
    throw new IllegalArgumentException(
        "unknown capability \"" + name + "\"" + NearestName.hint(full, NAMES));
  }
}

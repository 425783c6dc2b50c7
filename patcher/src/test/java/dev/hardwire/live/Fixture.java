package dev.hardwire.live;

import java.nio.file.Path;
import java.util.Set;

/**
 * One line of the manifest of the fixtures.
 *
 * @param kind {@code pie}, {@code nonpie}, {@code static}, {@code static-pie}, or {@code
 *     refuse-...} for a file that must be refused
 * @param features what {@code fixtures/variants.txt} explains
 */
public record Fixture(String name, Path path, String kind, String linker, Set<String> features) {
  /** Whether it can be run and patched. */
  public boolean isProgram() {
    return !kind.startsWith("refuse-");
  }

  /** Whether a dynamic linker starts it. */
  public boolean isDynamic() {
    return kind.equals("pie") || kind.equals("nonpie");
  }

  public boolean has(String feature) {
    return features.contains(feature);
  }

  @Override
  public String toString() {
    return name;
  }
}

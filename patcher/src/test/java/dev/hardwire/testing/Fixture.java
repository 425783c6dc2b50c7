package dev.hardwire.testing;

import dev.hardwire.arch.Target;
import java.nio.file.Path;
import java.util.Arrays;
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

  /** The architecture that it is made for, as {@link Target#id} names it. */
  public String machine() {
    return Arrays.stream(Target.values())
        .map(Target::id)
        .filter(features::contains)
        .findFirst()
        .orElse("x86_64");
  }

  public boolean has(String feature) {
    return features.contains(feature);
  }

  @Override
  public String toString() {
    return name;
  }

  /** Whether the dynamic linker runs code of the program before the hooks init and entry. */
  public boolean runsBeforeHooks() {
    return isDynamic() && has("preinit") && !has("riscv64");
  }
}

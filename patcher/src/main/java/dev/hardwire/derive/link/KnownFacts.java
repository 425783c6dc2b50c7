package dev.hardwire.derive.link;

import dev.hardwire.derive.flow.Facts;
import dev.hardwire.derive.module.Module;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;

/** Facts about functions that were found for one program and hold for others. */
public final class KnownFacts {
  private final Map<Module, Map<Set<Long>, Map<Integer, Optional<Facts>>>> known =
      new WeakHashMap<>();

  /**
   * The facts about a file's functions, by index.
   *
   * @param endings the slots through which functions are called that do not return: nothing else of
   *     other files counts
   */
  Map<Integer, Optional<Facts>> of(Module module, Set<Long> endings) {
    return known
        .computeIfAbsent(module, key -> new HashMap<>())
        .computeIfAbsent(endings, key -> new HashMap<>());
  }
}

package dev.hardwire.calls;

import dev.hardwire.arch.Target;
import dev.hardwire.resource.ResourceLines;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The named constants that an argument of a system call accepts, by the prefixes of their names.
 *
 * <p>They are in {@code argument-constants.txt}, from the manual pages.
 */
public final class ArgumentConstants {
  private static final Map<List<String>, List<String>> PREFIXES = load();

  private ArgumentConstants() {}

  private static Map<List<String>, List<String>> load() {
    Map<List<String>, List<String>> prefixes = new HashMap<>();
    for (List<String> words : ResourceLines.of(ArgumentConstants.class, "argument-constants.txt")) {
      prefixes.put(List.of(words.get(0), words.get(1)), words.subList(2, words.size()));
    }
    return prefixes;
  }

  /**
   * The prefixes of the constants' names.
   *
   * @param argument its name in the kernel
   * @return empty if nothing is known of the argument
   */
  public static Optional<List<String>> prefixes(String call, String argument) {
    List<String> own = PREFIXES.get(List.of(call, argument));
    return Optional.ofNullable(own != null ? own : PREFIXES.get(List.of("*", argument)));
  }

  /**
   * Names of an argument's values. If several have the same value, the first in the order of the
   * prefixes.
   */
  public static Map<Long, String> names(Target architecture, String call, String argument) {
    ConstantTable table = ConstantTable.of(architecture);
    Map<Long, String> names = new TreeMap<>();
    for (String prefix : prefixes(call, argument).orElse(List.of())) {
      table.names().stream()
          .filter(name -> name.startsWith(prefix))
          .sorted()
          .forEach(name -> names.putIfAbsent(table.value(name).getAsLong(), name));
    }
    return names;
  }
}

package dev.hardwire.seccomp;

import dev.hardwire.arch.Target;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which named constants an argument of a system call takes, by the beginnings of their names.
 *
 * <p>{@code argument-constants.txt} has them, from the manual pages.
 */
public final class ArgumentConstants {
  private static final Map<List<String>, List<String>> PREFIXES = load();

  private ArgumentConstants() {}

  private static Map<List<String>, List<String>> load() {
    Map<List<String>, List<String>> prefixes = new HashMap<>();
    for (List<String> words : ResourceLines.of("argument-constants.txt")) {
      prefixes.put(List.of(words.get(0), words.get(1)), words.subList(2, words.size()));
    }
    return prefixes;
  }

  /**
   * The beginnings of the constants' names.
   *
   * @param argument the kernel's name of it
   * @return empty if nothing is known of the argument
   */
  public static Optional<List<String>> prefixes(String call, String argument) {
    List<String> own = PREFIXES.get(List.of(call, argument));
    return Optional.ofNullable(own != null ? own : PREFIXES.get(List.of("*", argument)));
  }

  /** Names of an argument's values: of equal ones the first in the order of the beginnings. */
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

package dev.hardwire.derive.rules;

import java.util.List;
import java.util.Set;

/**
 * What rules assume about variables, files and other programs.
 *
 * @param without the names of rules that do not apply
 * @param conversions the tables of character sets that the system has, by their paths
 * @param hasDaemon whether the system may have a daemon that answers what programs ask about names
 *     of users and hosts (nscd)
 */
public record Assumptions(Set<String> without, Set<String> conversions, boolean hasDaemon) {
  /** The rules that depend on something outside the program, or on how compilers make calls. */
  public static final List<String> RULES =
      List.of(
          "argument-order",
          "gconv",
          "nscd",
          "origin",
          "priority-mutex",
          "profile",
          "seed",
          "tunables");

  public Assumptions {
    without = Set.copyOf(without);
    conversions = Set.copyOf(conversions);
  }

  boolean mayApply(String rule) {
    return !without.contains(rule);
  }
}

package dev.hardwire.learn;

import dev.hardwire.arch.Target;
import dev.hardwire.learn.Learned.Need;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** Calls that can do nothing that others cannot do as well, from {@code covered.txt}. */
final class CoveredCalls {
  private static final String WITH = "with ";

  /**
   * A call, perhaps under a condition, and one that covers it.
   *
   * @param by a call that can do the same
   */
  record Cover(CallLines.Entry entry, String by) {
    private boolean allows(Need need) {
      return entry.call().equals(need.call()) && entry.when().equals(need.condition());
    }
  }

  private final List<Cover> covers = new ArrayList<>();

  private CoveredCalls() {}

  static CoveredCalls of(Target architecture) {
    CoveredCalls all = new CoveredCalls();
    List<String> with = List.of();
    for (String line : CallLines.of("covered.txt")) {
      if (line.startsWith(WITH)) {
        with = Arrays.asList(line.substring(WITH.length()).split(" "));
      } else {
        for (CallLines.Entry entry : CallLines.entries(line, architecture)) {
          with.stream()
              .filter(by -> !by.equals(entry.call()))
              .forEach(by -> all.covers.add(new Cover(entry, by)));
        }
      }
    }
    return all;
  }

  /**
   * The calls that are covered, each perhaps several times.
   *
   * @param allowed calls that are allowed whatever their arguments are
   */
  List<Cover> by(Set<String> allowed) {
    return covers.stream().filter(cover -> allowed.contains(cover.by())).toList();
  }

  /** Whether a need is one that other calls may cover. */
  boolean contains(Need need) {
    return covers.stream().anyMatch(cover -> cover.allows(need));
  }

  /**
   * Whether it is one that these calls cover.
   *
   * @param allowed calls that are allowed whatever their arguments are
   */
  boolean contains(Need need, Set<String> allowed) {
    return by(allowed).stream().anyMatch(cover -> cover.allows(need));
  }
}

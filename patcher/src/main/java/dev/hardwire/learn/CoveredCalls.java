package dev.hardwire.learn;

import dev.hardwire.arch.Target;
import dev.hardwire.learn.Learned.Need;
import dev.hardwire.learn.record.LearnOptions;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.Policy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Calls that others cover, from {@code covered.txt}. */
final class CoveredCalls {
  private static final String WITH = "with ";
  private static final String AND = " and ";
  private static final String FREE_ONLY = " without landlock";
  private static final String ALIKE = " alike";

  /**
   * A call, perhaps under a condition, and those that cover it.
   *
   * @param by a call that can do the same, or several that together show the same power
   * @param alike whether the call can do no more than those
   */
  record Cover(CallLines.Entry entry, List<String> by, boolean alike) {
    Cover {
      by = List.copyOf(by);
    }

    private boolean allows(Need need) {
      return entry.call().equals(need.call()) && entry.when().equals(need.condition());
    }

    /** Why the call is allowed, for a comment. */
    String reason() {
      String last = by.get(by.size() - 1);
      return by.size() == 1
          ? last + ", which was seen, covers it"
          : "%s and %s, which were seen, cover it"
              .formatted(String.join(", ", by.subList(0, by.size() - 1)), last);
    }
  }

  private final List<Cover> covers = new ArrayList<>();

  private CoveredCalls() {}

  /** The calls for the policy that these options lead to. */
  static CoveredCalls of(LearnOptions options) {
    boolean landlock =
        options.proposals().landlock() || options.base().flatMap(Policy::landlock).isPresent();
    return of(options.architecture(), landlock);
  }

  /**
   * The calls for an architecture.
   *
   * @param landlock whether the policy limits files or ports by Landlock
   */
  static CoveredCalls of(Target architecture, boolean landlock) {
    CoveredCalls all = new CoveredCalls();
    List<List<String>> with = List.of();
    boolean alike = false;
    for (String line : CallLines.of("covered.txt")) {
      if (line.startsWith(WITH)) {
        String calls = line.substring(WITH.length()).replace(FREE_ONLY, "").replace(ALIKE, "");
        alike = line.endsWith(ALIKE);
        boolean applies = !(landlock && line.endsWith(FREE_ONLY));
        with = applies ? choices(calls) : List.of();
      } else {
        for (CallLines.Entry entry : CallLines.entries(line, architecture)) {
          for (List<String> by : with) {
            if (!by.contains(entry.call())) {
              all.covers.add(new Cover(entry, by, alike));
            }
          }
        }
      }
    }
    return all;
  }

  /** The ways to take one call of each list: {@code mkdir mkdirat and rename renameat}. */
  private static List<List<String>> choices(String calls) {
    List<List<String>> choices = List.of(List.of());
    for (String list : calls.split(AND, -1)) {
      List<List<String>> longer = new ArrayList<>();
      for (List<String> choice : choices) {
        for (String call : list.split(" ", -1)) {
          List<String> more = new ArrayList<>(choice);
          more.add(call);
          longer.add(more);
        }
      }
      choices = longer;
    }
    return choices;
  }

  /**
   * The calls that are covered, each perhaps several times.
   *
   * @param allowed calls that are allowed whatever their arguments are
   */
  List<Cover> by(Set<String> allowed) {
    return covers.stream().filter(cover -> allowed.containsAll(cover.by())).toList();
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

  /** What a condition of a call means, if the list says it. */
  Optional<String> meaning(String call, Condition condition) {
    return covers.stream()
        .map(Cover::entry)
        .filter(entry -> entry.call().equals(call))
        .filter(entry -> entry.when().equals(Optional.of(condition)))
        .flatMap(entry -> entry.meaning().stream())
        .findFirst();
  }
}

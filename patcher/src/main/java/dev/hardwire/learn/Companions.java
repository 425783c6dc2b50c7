package dev.hardwire.learn;

import dev.hardwire.arch.Target;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * A closed set of calls that come with others, none of which gives a program power. {@code
 * companions.txt} lists these sets.
 *
 * @param name of the set
 * @param reason why a run may make the calls although another did not
 * @param with when the set applies: {@code always}, {@code threads}, {@code handlers}, or calls of
 *     which one was seen
 * @param calls in the order of the list
 */
record Companions(String name, String reason, List<String> with, List<CallLines.Entry> calls) {
  private static final String SET = "set ";
  private static final String WITH = "with ";

  Companions {
    with = List.copyOf(with);
    calls = List.copyOf(calls);
  }

  static List<Companions> of(Target architecture) {
    List<Companions> sets = new ArrayList<>();
    String[] title = {};
    List<String> with = List.of();
    List<CallLines.Entry> calls = new ArrayList<>();
    for (String line : CallLines.of("companions.txt")) {
      if (line.startsWith(SET)) {
        if (title.length > 0) {
          sets.add(new Companions(title[0], title[1], with, calls));
        }
        title = line.substring(SET.length()).split(" - ", 2);
        calls.clear();
      } else if (line.startsWith(WITH)) {
        with = Arrays.asList(line.substring(WITH.length()).split(" "));
      } else {
        calls.addAll(CallLines.entries(line, architecture));
      }
    }
    sets.add(new Companions(title[0], title[1], with, calls));
    return sets;
  }

  /**
   * Whether the set applies.
   *
   * @param seen the calls that were seen
   * @param threads whether the program had several threads
   * @param handlers whether it had handlers of signals
   */
  boolean applies(Set<String> seen, boolean threads, boolean handlers) {
    return with.stream()
        .anyMatch(
            word ->
                switch (word) {
                  case "always" -> true;
                  case "threads" -> threads;
                  case "handlers" -> handlers;
                  default -> seen.contains(word);
                });
  }
}

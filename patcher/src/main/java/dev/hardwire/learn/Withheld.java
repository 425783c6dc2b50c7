package dev.hardwire.learn;

import dev.hardwire.learn.Learned.Need;
import dev.hardwire.policy.Condition;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Calls that a program can reach, that were not seen, and that give power which the policy does not
 * allow.
 *
 * @param calls those that are not allowed at all, each with what reaches it
 * @param uses those that are allowed in part, each with the uses that are allowed: "only for
 *     reading"
 * @param origins what reaches these
 */
public record Withheld(
    SortedMap<String, String> calls,
    SortedMap<String, String> uses,
    SortedMap<String, String> origins) {
  /**
   * Sorts them.
   *
   * @param unseen the reachable calls that were not seen, each with what reaches it
   * @param needs what the policy allows
   */
  static Withheld of(
      SortedMap<String, String> unseen,
      List<Need> needs,
      HarmlessCalls harmless,
      CoveredCalls covered) {
    Withheld withheld = new Withheld(new TreeMap<>(), new TreeMap<>(), new TreeMap<>());
    unseen.forEach(
        (call, origin) -> {
          List<Need> own = needs.stream().filter(need -> need.call().equals(call)).toList();
          if (own.isEmpty() && !harmless.contains(call)) {
            withheld.calls.put(call, origin);
          } else if (!own.isEmpty() && own.stream().allMatch(n -> n.condition().isPresent())) {
            withheld.uses.put(
                call,
                own.stream()
                    .map(need -> meaning(need, harmless, covered))
                    .collect(Collectors.joining(", or ", "only ", "")));
            withheld.origins.put(call, origin);
          }
        });
    return withheld;
  }

  private static String meaning(Need need, HarmlessCalls harmless, CoveredCalls covered) {
    Condition condition = need.condition().orElseThrow();
    return harmless
        .meaning(need.call(), condition)
        .or(() -> covered.meaning(need.call(), condition))
        .orElse("if " + condition);
  }
}

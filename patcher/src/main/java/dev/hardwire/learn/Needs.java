package dev.hardwire.learn;

import dev.hardwire.learn.Learned.Need;
import dev.hardwire.learn.arguments.Coverage;
import dev.hardwire.policy.Condition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Collects the calls to allow, from the surest source to the least sure one.
 *
 * <p>Invariant: a call that is allowed whatever its arguments has one entry; others may have
 * several, with different conditions.
 */
final class Needs {
  private final Coverage coverage;
  private final Map<String, List<Need>> needs = new TreeMap<>();

  /**
   * @param coverage the base policy, which is kept
   */
  Needs(Coverage coverage) {
    this.coverage = coverage;
  }

  /** Adds a call that was seen, and that the base policy neither allows nor refuses. */
  void seen(Need need) {
    needs.computeIfAbsent(need.call(), call -> new ArrayList<>()).add(need);
  }

  /** Adds a call that was not seen, unless it is decided already. */
  void unseen(String call, Optional<Condition> condition, String comment) {
    if (coverage.allows(call, Optional.empty()) || coverage.refusal(call).isPresent()) {
      return;
    }
    List<Need> own = needs.computeIfAbsent(call, key -> new ArrayList<>());
    boolean decided =
        own.stream()
            .anyMatch(need -> need.condition().isEmpty() || need.condition().equals(condition));
    if (decided) {
      return;
    }
    if (condition.isEmpty()) {
      own.clear();
    }
    own.add(new Need(call, condition, comment));
  }

  /** Whether the call is allowed whatever its arguments are. */
  boolean isUnlimited(String call) {
    return needs.getOrDefault(call, List.of()).stream()
        .anyMatch(need -> need.condition().isEmpty());
  }

  /** All of them, in the order of their names. */
  List<Need> all() {
    return needs.values().stream().flatMap(List::stream).toList();
  }
}

package dev.hardwire.learn;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.ConditionParser;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import dev.hardwire.resource.Resources;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Reads the lists of calls that come with this package: lines of calls, each with an optional
 * condition after a colon, and what that means after a dash.
 */
final class CallLines {
  /**
   * A call that an architecture has.
   *
   * @param when a condition that can be expressed there; empty for every use
   * @param meaning what the condition means, after "only"; empty if the list does not say it
   */
  record Entry(String call, Optional<Condition> when, Optional<String> meaning) {}

  /** Lists by their names; there are a few. */
  private static final Map<String, List<String>> LISTS = new ConcurrentHashMap<>();

  /**
   * Entries by line and architecture, which take long to find. All lines come with this package.
   */
  private static final Map<Line, List<Entry>> ENTRIES = new ConcurrentHashMap<>();

  private record Line(String text, Target architecture) {}

  private CallLines() {}

  /** The lines of a list, without comments and empty ones. */
  static List<String> of(String resource) {
    return LISTS.computeIfAbsent(resource, CallLines::read);
  }

  private static List<String> read(String resource) {
    return Resources.text(CallLines.class, resource)
        .lines()
        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
        .toList();
  }

  /** The calls of a line that an architecture has, and whose condition means something there. */
  static List<Entry> entries(String line, Target architecture) {
    return ENTRIES.computeIfAbsent(
        new Line(line, architecture), key -> find(key.text(), key.architecture()));
  }

  private static List<Entry> find(String line, Target architecture) {
    String[] said = line.split(" - ", 2);
    Optional<String> meaning = said.length == 1 ? Optional.empty() : Optional.of(said[1]);
    String[] parts = said[0].split(": ", 2);
    Optional<Condition> condition =
        parts.length == 1
            ? Optional.empty()
            : Optional.of(ConditionParser.parse(parts[1], at -> Position.NONE));
    List<Entry> entries = new ArrayList<>();
    for (String call : Arrays.asList(parts[0].split(" "))) {
      if (SyscallTable.of(architecture).number(call).isEmpty()) {
        continue;
      }
      if (condition.isEmpty()) {
        entries.add(new Entry(call, condition, meaning));
      } else {
        expressible(call, condition.get(), architecture)
            .ifPresent(when -> entries.add(new Entry(call, Optional.of(when), meaning)));
      }
    }
    return List.copyOf(entries);
  }

  /** The condition without constants that the architecture does not have. */
  private static Optional<Condition> expressible(
      String call, Condition condition, Target architecture) {
    if (condition instanceof Condition.Member member) {
      var known =
          member.constants().stream()
              .filter(
                  constant ->
                      isExpressible(
                          call,
                          new Condition.Member(member.operand(), List.of(constant)),
                          architecture))
              .toList();
      return known.isEmpty()
          ? Optional.empty()
          : Optional.of(new Condition.Member(member.operand(), known));
    }
    return Optional.of(condition).filter(c -> isExpressible(call, c, architecture));
  }

  private static boolean isExpressible(String call, Condition condition, Target architecture) {
    Policy policy =
        Policy.of(
            "list", Action.KILL_PROCESS, List.of(Rule.of(Action.ALLOW, call).when(condition)));
    try {
      ResolvedPolicy.of(policy, architecture);
      return true;
    } catch (PolicyException e) {
      return false; // an argument in memory, or a constant of other architectures
    }
  }
}

package dev.hardwire.learn;

import dev.hardwire.learn.Learned.Need;
import dev.hardwire.learn.record.CallStats;
import dev.hardwire.learn.record.Triggers;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.stream.Collectors;

/**
 * A phase that begins when the program waits for work for the first time, with the calls that were
 * seen from then on, and those that give no power.
 *
 * @param function whose first call begins the phase
 * @param needs the calls that the phase allows; the policy allows all of them
 * @param remark for a comment
 */
record PhaseProposal(String function, List<Need> needs, String remark) {
  /** The name of the phase. */
  static final String NAME = "work";

  /** This part of all calls makes no difference. */
  private static final int TOLERANCE = 8;

  /**
   * A moment at which a phase could begin.
   *
   * @param after the number of different calls that were seen from then on
   */
  private record Moment(String function, int bit, long after) {}

  PhaseProposal {
    needs = List.copyOf(needs);
  }

  /**
   * The likeliest moment from which on about as few calls were seen as from any other: one that
   * comes later in some processes, and in others never, is no better for a call or two.
   */
  static Optional<PhaseProposal> of(
      SortedMap<String, CallStats> seen,
      List<Need> needs,
      Set<String> always,
      HarmlessCalls harmless,
      CoveredCalls covered,
      Optional<KnownProgram> program) {
    List<Moment> moments = new ArrayList<>();
    for (String call : Triggers.calls()) {
      long after = seen.values().stream().filter(s -> s.isAfter(Triggers.bit(call))).count();
      if (after > 0 && after < seen.size()) {
        Triggers.functions(call).stream()
            .filter(name -> program.map(known -> known.canBegin(name)).orElse(true))
            .findFirst()
            .ifPresent(name -> moments.add(new Moment(name, Triggers.bit(call), after)));
      }
    }
    long fewest = moments.stream().mapToLong(Moment::after).min().orElse(0);
    return moments.stream()
        .filter(moment -> moment.after <= fewest + seen.size() / TOLERANCE)
        .findFirst()
        .map(
            moment ->
                new PhaseProposal(
                    moment.function,
                    after(seen, needs, always, harmless, covered, moment.bit),
                    "from the first call of %s on, %d of %d different calls were seen"
                        .formatted(moment.function, moment.after, seen.size())));
  }

  private static List<Need> after(
      SortedMap<String, CallStats> seen,
      List<Need> needs,
      Set<String> always,
      HarmlessCalls harmless,
      CoveredCalls covered,
      int moment) {
    Set<String> allowed =
        needs.stream()
            .filter(need -> need.condition().isEmpty() && seen.containsKey(need.call()))
            .map(Need::call)
            .filter(call -> seen.get(call).isAfter(moment))
            .collect(Collectors.toSet());
    List<Need> kept = new ArrayList<>();
    for (Need need : needs) {
      CallStats stats = seen.get(need.call());
      boolean stays =
          stats == null
              ? !covered.contains(need) || covered.contains(need, allowed)
              : stats.isAfter(moment);
      if (stays || always.contains(need.call())) {
        kept.add(need);
      } else if (harmless.contains(need.call())) {
        Optional<Condition> when = harmless.condition(need.call());
        if (need.condition().isEmpty() || need.condition().equals(when)) {
          String seenOr = stats == null ? "not seen" : "seen before only";
          kept.add(new Need(need.call(), when, seenOr + "; it gives no power"));
        }
      }
    }
    return kept;
  }

  /** The phase, whose other calls get the action of the policy. */
  Phase phase(Action action) {
    return new Phase(
        NAME, Optional.of(function), action, rules(needs), Position.NONE, Position.NONE);
  }

  /** The rules that allow what is needed. */
  static List<Rule> rules(List<Need> needs) {
    List<Rule> rules = new ArrayList<>();
    List<String> plain =
        needs.stream().filter(need -> need.condition().isEmpty()).map(Need::call).toList();
    if (!plain.isEmpty()) {
      rules.add(Rule.of(Action.ALLOW, plain));
    }
    for (Need need : needs) {
      need.condition().ifPresent(when -> rules.add(Rule.of(Action.ALLOW, need.call()).when(when)));
    }
    return rules;
  }
}

package dev.hardwire.seccomp.resolve;

import dev.hardwire.arch.Target;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import dev.hardwire.seccomp.Multiplexer;
import dev.hardwire.seccomp.Replacement;
import dev.hardwire.seccomp.Verdict;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A policy of x86-64's names on another architecture, where calls have other names or further forms
 * ({@link Replacement}).
 *
 * <p>Only calls that a rule names itself count: groups hold the calls of all architectures.
 */
public final class CallReplacements {
  /**
   * What came of it.
   *
   * @param policy the given one, or one that names the replacements and asks for no mapping
   * @param warnings what could not be carried over, or is left open without a mapping
   * @param gaps the calls that the warnings are about, where nothing was mapped
   */
  public record Result(Policy policy, List<PolicyWarning> warnings, Set<String> gaps) {}

  private final Policy policy;
  private final Target architecture;

  /** The calls of each rule, groups taken apart. */
  private final List<Set<String>> names = new ArrayList<>();

  private final List<PolicyWarning> warnings = new ArrayList<>();

  private CallReplacements(Policy policy, Target architecture) {
    this.policy = policy;
    this.architecture = architecture;
    PolicyResolver resolver = new PolicyResolver(architecture, new ArrayList<>(), Set.of());
    policy.rules().forEach(rule -> names.add(resolver.names(rule)));
  }

  /** Maps what a policy asks to be mapped, or says what is left open since it does not ask. */
  public static Result of(Policy policy, Target architecture) {
    if (Replacement.all(architecture).isEmpty()) {
      return new Result(policy.withMissingCallsMapped(false), List.of(), Set.of());
    }
    CallReplacements replacements = new CallReplacements(policy, architecture);
    return policy.mapsMissingCalls() ? replacements.mapped() : replacements.gaps();
  }

  private static boolean letsThrough(Action action) {
    return action.equals(Action.ALLOW) || action.equals(Action.LOG);
  }

  /** The calls that a rule names itself and does not leave out. */
  private static List<CallName> named(Rule rule, Set<String> left) {
    return rule.calls().stream()
        .filter(call -> !call.isExclusion() && !call.isGroup())
        .filter(call -> !left.contains(call.name()))
        .toList();
  }

  private Result mapped() {
    Map<String, MergedRules> merged = merged();
    merged.values().removeIf(MergedRules::isSaid);
    merged.forEach(
        (call, rules) ->
            rules.differing().forEach((name, said) -> warnOfDifference(name, call, said)));
    List<Rule> rules = new ArrayList<>();
    for (int i = 0; i < policy.rules().size(); i++) {
      without(policy.rules().get(i), names.get(i), merged.keySet()).ifPresent(rules::add);
    }
    merged.values().forEach(one -> rules.addAll(one.rules()));
    return new Result(
        policy.withRules(rules).withMissingCallsMapped(false), List.copyOf(warnings), Set.of());
  }

  /** What is said of every call that replaces one that a rule names. */
  private Map<String, MergedRules> merged() {
    Map<String, MergedRules> merged = new LinkedHashMap<>();
    for (int i = 0; i < policy.rules().size(); i++) {
      Rule rule = policy.rules().get(i);
      Set<String> left = leftOut(rule);
      for (CallName call : named(rule, left)) {
        for (Replacement replacement : Replacement.of(architecture, call.name())) {
          if (!left.contains(replacement.replacement())) {
            merged
                .computeIfAbsent(replacement.replacement(), this::ownRules)
                .add(call.name(), said(i, rule, call, replacement));
          }
        }
      }
    }
    return merged;
  }

  private MergedRules ownRules(String call) {
    List<CallName> exclusions =
        Multiplexer.of(architecture, call).stream()
            .map(m -> new CallName("~" + m.call(), Position.NONE))
            .toList();
    MergedRules rules = new MergedRules(call, exclusions);
    for (int i = 0; i < policy.rules().size(); i++) {
      if (names.get(i).contains(call)) {
        Rule rule = policy.rules().get(i);
        rules.add(
            call,
            new MergedRules.Said(
                i,
                rule,
                position(rule, call),
                rule.condition(),
                true,
                Optional.empty(),
                Optional.empty()));
      }
    }
    return rules;
  }

  private static Position position(Rule rule, String call) {
    return rule.calls().stream()
        .filter(c -> c.name().equals(call))
        .findFirst()
        .map(CallName::position)
        .orElse(rule.position());
  }

  private MergedRules.Said said(int index, Rule rule, CallName call, Replacement replacement) {
    Optional<Condition> condition = Optional.empty();
    boolean known = true;
    if (rule.condition().isPresent()) {
      MovedCondition moved = new MovedCondition(replacement, architecture);
      condition = moved.of(rule.condition().get());
      known = condition.isPresent();
      if (!known) {
        warnOfLoss(rule, replacement, moved.lost());
      }
    }
    return new MergedRules.Said(
        index, rule, call.position(), condition, known, replacement.same(), replacement.like());
  }

  private void warnOfLoss(Rule rule, Replacement replacement, Set<String> lost) {
    warnings.add(
        new PolicyWarning(
            rule.condition().orElseThrow().position(),
            "%s of %s cannot be seen in %s, which stands for it on %s: %s"
                .formatted(
                    String.join(", ", lost),
                    replacement.call(),
                    replacement.replacement(),
                    architecture,
                    letsThrough(rule.action())
                        ? "this rule does not allow it so"
                        : "it gets \"" + Verdict.of(rule.action()) + "\" whatever they are")));
  }

  private void warnOfDifference(String name, String call, MergedRules.Said said) {
    warnings.add(
        new PolicyWarning(
            said.position(),
            "%s stands for %s on %s, and not every rule names both: where they differ, the one"
                    .formatted(call, name, architecture)
                + " that refuses counts"));
  }

  /** A rule without calls that are said elsewhere, and without those that they replace. */
  private Optional<Rule> without(Rule rule, Set<String> members, Set<String> elsewhere) {
    Set<String> remaining = new HashSet<>(members);
    remaining.removeAll(elsewhere);
    Set<String> left = leftOut(rule);
    boolean open =
        named(rule, left).stream()
            .anyMatch(call -> isOpen(call.name()) && !members.contains(call.name()));
    if (remaining.isEmpty() && !open) {
      return Optional.empty();
    }
    List<CallName> calls = new ArrayList<>();
    for (CallName call : rule.calls()) {
      boolean gone = elsewhere.contains(call.name()) || isReplaced(call.name());
      if (!gone) {
        calls.add(call);
      }
    }
    for (String name : members) {
      CallName exclusion = new CallName("~" + name, Position.NONE);
      if (elsewhere.contains(name) && !calls.contains(exclusion)) {
        calls.add(exclusion);
      }
    }
    return Optional.of(new Rule(rule.action(), calls, rule.condition(), rule.position()));
  }

  /** Whether a call is neither there nor replaced: the resolver has something to say of it. */
  private boolean isOpen(String call) {
    return Replacement.of(architecture, call).isEmpty();
  }

  /** Whether the architecture has only replacements of a call. */
  private boolean isReplaced(String call) {
    return !isOpen(call) && !Multiplexer.isReachable(architecture, call);
  }

  private Set<String> leftOut(Rule rule) {
    return PolicyResolver.leftOut(rule, architecture);
  }

  /** Calls whose replacements no rule decides, where that is not what the policy says of them. */
  private Result gaps() {
    Set<String> decided = new HashSet<>();
    names.forEach(decided::addAll);
    Set<String> gaps = new HashSet<>();
    for (Rule rule : policy.rules()) {
      boolean through = letsThrough(rule.action());
      if (through == letsThrough(policy.defaultAction())) {
        continue; // what nobody names is decided as this rule decides
      }
      for (CallName call : named(rule, leftOut(rule))) {
        boolean there = Multiplexer.isReachable(architecture, call.name());
        if (there && through) {
          continue; // it can be called, and what else does the same is not allowed
        }
        List<String> open =
            Replacement.of(architecture, call.name()).stream()
                .filter(r -> !there || r.same().isEmpty()) // a further form, and not only like it
                .map(Replacement::replacement)
                .filter(name -> !decided.contains(name))
                .toList();
        if (!open.isEmpty() && gaps.add(call.name())) {
          warnOfGap(rule, call, there, String.join(" or ", open));
        }
      }
    }
    return new Result(policy, List.copyOf(warnings), gaps);
  }

  private void warnOfGap(Rule rule, CallName call, boolean there, String open) {
    String what =
        there
            ? "%s does the same as \"%s\" on %s and is not refused"
                .formatted(open, call, architecture)
            : "\"%s\" is not a call of %s, where %s does the same and is not %s"
                .formatted(
                    call, architecture, open, letsThrough(rule.action()) ? "allowed" : "refused");
    warnings.add(new PolicyWarning(call.position(), what + "; name it, or set map_missing_calls"));
  }
}

package dev.hardwire.filter.resolve;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.ArgumentTable;
import dev.hardwire.calls.ArgumentTable.Argument;
import dev.hardwire.calls.Multiplexer;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Verdict;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.CallNumbers;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.Operand;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/**
 * Applies a policy with the names of x86-64 to an architecture where calls have other names or
 * additional variants ({@link Replacement}).
 *
 * <p>Only calls that a rule names itself are mapped: groups contain the calls of all architectures.
 */
public final class CallReplacements {
  /**
   * The result.
   *
   * @param policy the given one, or one that names the replacements and requests no mapping
   * @param warnings parts that could not be mapped, or gaps if no mapping was requested
   * @param gaps the calls of the warnings if no mapping was requested
   */
  public record Result(Policy policy, List<PolicyWarning> warnings, Set<String> gaps) {}

  private final Policy policy;
  private final Target architecture;

  /** The calls of each rule, with groups expanded. */
  private final List<Set<String>> names = new ArrayList<>();

  private final List<PolicyWarning> warnings = new ArrayList<>();

  private CallReplacements(Policy policy, Target architecture) {
    this.policy = policy;
    this.architecture = architecture;
    PolicyResolver resolver = new PolicyResolver(architecture, new ArrayList<>(), Set.of());
    policy.rules().forEach(rule -> names.add(resolver.names(rule)));
  }

  /** Maps the calls of a policy if it requests this, otherwise finds the gaps that remain. */
  public static Result of(Policy policy, Target architecture) {
    if (Replacement.all(architecture).isEmpty()) {
      return new Result(policy.withMissingCallsMapped(false), List.of(), Set.of());
    }
    CallReplacements replacements = new CallReplacements(policy, architecture);
    return policy.mapsMissingCalls() ? replacements.mapped() : replacements.gaps();
  }

  /** The calls that a rule names itself and does not exclude. */
  private static List<CallName> named(Rule rule, Set<String> left) {
    return rule.calls().stream()
        .filter(call -> !call.isExclusion() && !call.isGroup())
        .filter(call -> !RuleNumbers.isOf(call) && !isIntent(call.group()))
        .filter(call -> !left.contains(call.name()))
        .toList();
  }

  private static boolean isIntent(String group) {
    return group.startsWith("@pledge-") || group.startsWith("@start-");
  }

  private Result mapped() {
    Map<String, MergedRules> merged = merged();
    merged.values().removeIf(MergedRules::isSaid);
    merged.forEach(
        (call, rules) ->
            rules.differing().forEach((name, said) -> warnOfDifference(name, call, said)));
    Map<Integer, List<Rule>> refusals = new HashMap<>();
    merged.values().forEach(one -> one.refusals(refusals));
    List<Rule> rules = new ArrayList<>();
    for (int i = 0; i < policy.rules().size(); i++) {
      rules.addAll(refusals.getOrDefault(i, List.of()));
      without(policy.rules().get(i), names.get(i), merged.keySet()).ifPresent(rules::add);
    }
    merged.values().forEach(one -> rules.addAll(one.allowances()));
    return new Result(
        policy.withRules(rules).withMissingCallsMapped(false), List.copyOf(warnings), Set.of());
  }

  /** The rules for every call that replaces one named by a rule. */
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
      Rule rule = policy.rules().get(i);
      if (names.get(i).contains(call) || hasNumber(rule, call)) {
        rules.add(
            call,
            new MergedRules.Said(
                i,
                !names.get(i).contains(call) || !ways(rule).isEmpty(),
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

  /**
   * Whether a rule lists several numbers, that of a call among them.
   *
   * @throws PolicyException if it lists the number alone and has a condition on its registers
   */
  private boolean hasNumber(Rule rule, String call) {
    OptionalInt number = SyscallTable.of(architecture).number(call);
    if (number.isEmpty() || !RuleNumbers.isIn(rule) || leftOut(rule).contains(call)) {
      return false;
    }
    for (CallName item : rule.calls()) {
      Optional<CallNumbers> numbers = item.isExclusion() ? Optional.empty() : item.numbers();
      if (numbers.isPresent()
          && number.getAsInt() >= numbers.get().from()
          && number.getAsInt() <= numbers.get().to()) {
        if (rule.condition().isPresent()) {
          throw new PolicyException(
              item.position(),
              "\"%s\" is %s on %s, which map_missing_calls puts in place of another call; name it"
                  .formatted(item, call, architecture));
        }
        return true;
      }
    }
    return false;
  }

  /** The exclusions of socketcall and ipc. */
  private static List<CallName> ways(Rule rule) {
    return rule.calls().stream()
        .filter(call -> call.isExclusion() && Multiplexer.isOne(call.target()))
        .toList();
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
        index,
        false,
        rule,
        call.position(),
        condition,
        known,
        replacement.same(),
        replacement.like());
  }

  private void warnOfLoss(Rule rule, Replacement replacement, Set<String> lost) {
    warnings.add(
        new PolicyWarning(
            rule.condition().orElseThrow().position(),
            "%s of %s is not visible in %s, which replaces it on %s: %s"
                .formatted(
                    String.join(", ", lost),
                    replacement.call(),
                    replacement.replacement(),
                    architecture,
                    Action.letsThrough(rule.action())
                        ? "this rule does not allow such calls"
                        : "such calls get \"" + Verdict.of(rule.action()) + "\" for every value")));
  }

  private void warnOfDifference(String name, String call, MergedRules.Said said) {
    warnings.add(
        new PolicyWarning(
            said.position(),
            "%s stands for %s on %s, and not every rule names both: where they differ, the one"
                    .formatted(call, name, architecture)
                + " that denies applies"));
  }

  /** A rule without calls that other rules cover now, and without those that they replace. */
  private Optional<Rule> without(Rule rule, Set<String> members, Set<String> elsewhere) {
    Set<String> remaining = new HashSet<>(members);
    remaining.removeAll(elsewhere);
    Set<String> left = leftOut(rule);
    boolean open =
        named(rule, left).stream()
            .anyMatch(call -> isOpen(call.name()) && !members.contains(call.name()));
    if (remaining.isEmpty() && !open && !RuleNumbers.isIn(rule)) {
      return Optional.empty();
    }
    List<CallName> calls = new ArrayList<>();
    for (CallName call : rule.calls()) {
      boolean gone = elsewhere.contains(call.name()) || isReplaced(call.name());
      if (!gone) {
        calls.add(call);
      }
    }
    for (String name : elsewhere) {
      CallName exclusion = new CallName("~" + name, Position.NONE);
      boolean covered = members.contains(name) || hasNumber(rule, name);
      if (covered && !calls.contains(exclusion)) {
        calls.add(exclusion);
      }
    }
    return Optional.of(rule.withCalls(calls));
  }

  /**
   * Whether a call has no replacement; if it does not exist either, the resolver warns about it.
   */
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

  /**
   * Finds calls whose replacements no rule covers, if their decision then differs from the
   * policy's.
   */
  private Result gaps() {
    Set<String> decided = new HashSet<>();
    names.forEach(decided::addAll);
    Set<String> gaps = new HashSet<>();
    for (Rule rule : policy.rules()) {
      boolean through = Action.letsThrough(rule.action());
      if (through == Action.letsThrough(policy.defaultAction())) {
        continue; // by default, calls are allowed or denied as by this rule
      }
      for (CallName call : named(rule, leftOut(rule))) {
        boolean there = Multiplexer.isReachable(architecture, call.name());
        if (there && through) {
          continue; // the call exists, and an equivalent that is not allowed is not a gap
        }
        List<String> open =
            Replacement.of(architecture, call.name()).stream()
                .filter(
                    r ->
                        !there
                            || r.same()
                                .isEmpty()) // an additional variant that does the same, not only
                // something similar
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
            ? "%s does the same as \"%s\" on %s and is not denied"
                .formatted(open, call, architecture)
            : "\"%s\" is not a call of %s, where %s does the same and is not %s"
                .formatted(
                    call,
                    architecture,
                    open,
                    Action.letsThrough(rule.action()) ? "allowed" : "denied");
    warnings.add(new PolicyWarning(call.position(), what + "; name it, or set map_missing_calls"));
  }

  /** Translates a condition on a call's arguments to the arguments of the call that replaces it. */
  private static final class MovedCondition {
    private final Replacement replacement;
    private final Target architecture;
    private final ConditionResolver names;
    private final Set<String> lost = new TreeSet<>();

    MovedCondition(Replacement replacement, Target architecture) {
      List<PolicyWarning> unheard = new ArrayList<>(); // warnings about it are given for x86-64 too
      this.replacement = replacement;
      this.architecture = architecture;
      this.names = new ConditionResolver(Target.X86_64, unheard);
    }

    /**
     * The condition on the arguments of the replacement; empty if it lacks one of them.
     *
     * @throws dev.hardwire.policy.PolicyException for a name that is not an argument of the call
     */
    Optional<Condition> of(Condition condition) {
      Condition moved = move(condition);
      return lost.isEmpty() ? Optional.of(moved) : Optional.empty();
    }

    /** The arguments that the replacement lacks. */
    Set<String> lost() {
      return lost;
    }

    private Condition move(Condition condition) {
      if (condition instanceof Condition.All all) {
        return new Condition.All(all.parts().stream().map(this::move).toList());
      } else if (condition instanceof Condition.Any any) {
        return new Condition.Any(any.parts().stream().map(this::move).toList());
      } else if (condition instanceof Condition.Not not) {
        return new Condition.Not(move(not.part()));
      } else if (condition instanceof Condition.Member member) {
        return new Condition.Member(move(member.operand()), member.constants());
      }
      Condition.Compare compare = (Condition.Compare) condition;
      return new Condition.Compare(
          move(compare.operand()), compare.comparison(), compare.constant());
    }

    private Operand move(Operand operand) {
      int index = names.index(operand, replacement.call());
      List<OptionalInt> arguments = replacement.arguments();
      if (index >= arguments.size() || arguments.get(index).isEmpty()) {
        lost.add(operand.argument());
        return operand;
      }
      int to = arguments.get(index).getAsInt();
      List<Argument> list =
          ArgumentTable.of(architecture).arguments(replacement.replacement()).orElse(List.of());
      return new Operand(
          to < list.size() ? list.get(to).name() : "arg" + to,
          operand.view(),
          operand.mask(),
          operand.position());
    }
  }
}

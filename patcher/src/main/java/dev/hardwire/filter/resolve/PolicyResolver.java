package dev.hardwire.filter.resolve;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.CallGroups;
import dev.hardwire.calls.LibraryFunctions;
import dev.hardwire.calls.Multiplexer;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.CallNumbers;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import dev.hardwire.text.NearestName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** Turns the calls that rules name into numbers. */
final class PolicyResolver {
  /** The most calls of all rules, counted as often as they are listed, groups expanded. */
  private static final int LIMIT = 250_000;

  private final Target architecture;
  private final SyscallTable table;
  private final List<PolicyWarning> warnings;

  /** Calls that the architecture lacks and for which a warning has been given. */
  private final Set<String> told;

  private final RuleNumbers numbers;

  /** Rules for numbers without a name, in the order of the policy. */
  private final List<NumberedRule> numbered = new ArrayList<>();

  private int listed;

  PolicyResolver(Target architecture, List<PolicyWarning> warnings, Set<String> told) {
    this.told = Set.copyOf(told);
    this.architecture = architecture;
    this.table = SyscallTable.of(architecture);
    this.warnings = warnings;
    this.numbers = new RuleNumbers(architecture);
  }

  /** The rules for numbers that {@link #rules} has found. */
  List<NumberedRule> numbered() {
    return List.copyOf(numbered);
  }

  /** The numbers without a name that a rule lists. */
  List<CallNumbers> numbers(Rule rule, Policy policy) {
    return RuleNumbers.isIn(rule)
        ? numbers.of(rule, policy, leftOut(rule, architecture))
        : List.of();
  }

  /**
   * The rules by number.
   *
   * @param policy with all rules
   * @param written the policy without the rules of other-sockets, which name calls, too
   */
  SortedMap<Integer, List<ResolvedRule>> rules(Policy policy, Policy written) {
    SortedMap<Integer, List<ResolvedRule>> rules = new TreeMap<>();
    for (Rule rule : policy.rules()) {
      ConditionResolver conditions = new ConditionResolver(architecture, warnings);
      PassedOnCalls passedOn = new PassedOnCalls(rule);
      for (String name : names(rule)) {
        List<ResolvedRule> found = new ArrayList<>();
        if (rule.condition().isPresent() && conditions.readsMemory(name)) {
          add(found, rule, name, passedOn.inMemory(name));
        } else {
          Expression condition =
              rule.condition()
                  .map(c -> conditions.resolve(c, name))
                  .orElse(new Expression.Constant(true));
          add(found, rule, name, Optional.of(condition));
          multiplexer(rule, name)
              .ifPresent(m -> add(found, rule, m.call(), passedOn.passedOn(m, name, condition)));
        }
        found.forEach(r -> rulesOf(rules, r.number()).add(r));
      }
      passedOn.warning().ifPresent(warnings::add);
      List<CallNumbers> ranges = numbers(rule, written);
      count(ranges.size(), rule);
      for (CallNumbers one : ranges) {
        number(rule, one, conditions, rules);
      }
    }
    return rules;
  }

  /** The rules of a number; the first ones are those of earlier rules for numbers. */
  private List<ResolvedRule> rulesOf(SortedMap<Integer, List<ResolvedRule>> rules, int number) {
    List<ResolvedRule> known = rules.get(number);
    if (known == null) {
      known = new ArrayList<>();
      for (NumberedRule earlier : numbered) {
        if (earlier.holds(number)) {
          known.add(ResolvedPolicy.resolved(earlier, number, architecture));
        }
      }
      rules.put(number, known);
    }
    return known;
  }

  private void number(
      Rule rule,
      CallNumbers one,
      ConditionResolver conditions,
      SortedMap<Integer, List<ResolvedRule>> rules) {
    if (rule.condition().isPresent()) {
      if (!one.isSingle() || one.from() > Integer.MAX_VALUE) {
        throw new PolicyException(
            rule.position(), "a condition needs single call numbers, not \"" + one + "\"");
      }
      int number = (int) one.from();
      Expression condition = conditions.resolve(rule.condition().get(), one.toString());
      rulesOf(rules, number).add(new ResolvedRule(rule, one.toString(), number, condition));
      return;
    }
    boolean unknown =
        rule.calls().stream().anyMatch(call -> call.name().equals(RuleNumbers.UNKNOWN));
    NumberedRule added = new NumberedRule(rule, one, unknown);
    numbered.add(added);
    rules.forEach(
        (number, list) -> {
          if (added.holds(number)) {
            list.add(ResolvedPolicy.resolved(added, number, architecture));
          }
        });
  }

  private void add(
      List<ResolvedRule> found, Rule rule, String call, Optional<Expression> condition) {
    OptionalInt number = table.number(call);
    if (number.isPresent() && condition.isPresent()) {
      found.add(new ResolvedRule(rule, call, number.getAsInt(), condition.get()));
    }
  }

  /** How a call is made through a multiplexer, unless the rule excludes the multiplexer. */
  private Optional<Multiplexer> multiplexer(Rule rule, String call) {
    return Multiplexer.of(architecture, call)
        .filter(m -> !rule.calls().contains(without(m.call())));
  }

  private static CallName without(String call) {
    return new CallName("~" + call, Position.NONE);
  }

  /** The exclusions of a rule that affect calls that it also includes. */
  List<CallName> exclusions(Rule rule) {
    return rule.calls().stream()
        .filter(call -> call.isExclusion() && Multiplexer.isOne(call.target()))
        .filter(call -> table.number(call.target()).isPresent())
        .toList();
  }

  /** The calls of a rule that the architecture has. */
  Set<String> names(Rule rule) {
    Set<String> names = new LinkedHashSet<>();
    for (CallName call : rule.calls()) {
      if (!call.isExclusion()) {
        Set<String> members = members(call);
        if (rule.condition().isEmpty() || !RuleNumbers.isOf(call)) {
          names.addAll(members);
        }
      }
    }
    Set<Integer> left = new HashSet<>(); // numbers, since a call may have two names
    for (CallName call : rule.calls()) {
      if (call.isExclusion()) {
        for (String name : members(call)) {
          names.remove(name);
          table.number(name).ifPresent(left::add);
        }
      }
    }
    names.removeIf(
        name -> {
          OptionalInt number = table.number(name);
          return number.isPresent()
              ? left.contains(number.getAsInt())
              : !Multiplexer.isReachable(architecture, name);
        });
    count(names.size(), rule);
    boolean isOther = RuleNumbers.isIn(rule) || isOfGroups(rule);
    if (names.isEmpty()
        && !isOther
        && rule.calls().stream().noneMatch(c -> told.contains(c.name()))) {
      warnings.add(
          new PolicyWarning(
              rule.position(), "the rule names no call of " + architecture + "; remove it"));
    }
    return names;
  }

  /**
   * Counts calls that a rule lists.
   *
   * @throws PolicyException if all rules list too many
   */
  private void count(int calls, Rule rule) {
    listed += calls;
    if (listed > LIMIT) {
      throw new PolicyException(
          rule.position(),
          "the rules up to here list more than %,d calls; use fewer rules or calls"
              .formatted(LIMIT));
    }
  }

  /**
   * Whether all calls of a rule come from groups of the policy, which are for all architectures.
   */
  private static boolean isOfGroups(Rule rule) {
    boolean all = true;
    for (CallName call : rule.calls()) {
      all &= !call.group().isEmpty() || call.isExclusion();
    }
    return all;
  }

  private Set<String> members(CallName call) {
    String target = call.target();
    if (RuleNumbers.isOf(call)) {
      Set<String> named = named(call);
      return call.isExclusion() ? numbers.names(call) : named;
    }
    if (call.isGroup()) {
      Set<String> group =
          CallGroups.calls(target)
              .orElseThrow(
                  () ->
                      new PolicyException(
                          call.position(),
                          "unknown group \""
                              + target
                              + "\""
                              + NearestName.hint(target, CallGroups.names())));
      return Multiplexer.members(group, architecture);
    }
    if (!Multiplexer.isReachable(architecture, target)) {
      if (!CallGroups.isKnownSomewhere(target)) {
        throw new PolicyException(
            call.position(),
            "unknown system call \"" + target + "\" on " + architecture + hint(target));
      }
      boolean isOfGroup = !call.group().isEmpty();
      if (!isOfGroup && (call.isExclusion() || !told.contains(target))) {
        warnings.add(
            new PolicyWarning(
                call.position(),
                "\"%s\" is not a call of %s; it is ignored%s"
                    .formatted(target, architecture, LibraryFunctions.hint(target, architecture))));
      }
    }
    return Set.of(target);
  }

  private Set<String> named(CallName call) {
    Optional<String> name = numbers.name(call);
    name.ifPresent(
        known ->
            warnings.add(
                new PolicyWarning(
                    call.position(),
                    "\"%s\" is %s on %s; name it".formatted(call.target(), known, architecture))));
    return name.map(Set::of).orElse(Set.of());
  }

  private String hint(String unknown) {
    String function = LibraryFunctions.hint(unknown, architecture);
    return function.isEmpty() ? NearestName.hint(unknown, table.names()) : function;
  }

  /** The calls that a rule excludes, with groups expanded. */
  static Set<String> leftOut(Rule rule, Target architecture) {
    PolicyResolver resolver = new PolicyResolver(architecture, new ArrayList<>(), Set.of());
    Set<String> left = new LinkedHashSet<>();
    rule.calls().stream()
        .filter(CallName::isExclusion)
        .forEach(c -> left.addAll(resolver.members(c)));
    return left;
  }
}

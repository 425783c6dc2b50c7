package dev.hardwire.seccomp.resolve;

import dev.hardwire.arch.Target;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.NearestName;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import dev.hardwire.seccomp.CallGroups;
import dev.hardwire.seccomp.Multiplexer;
import dev.hardwire.seccomp.SyscallTable;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** Turns the calls that rules name into numbers. */
final class PolicyResolver {
  private final Target architecture;
  private final SyscallTable table;
  private final List<PolicyWarning> warnings;

  /** Calls that the architecture lacks and for which a warning has been given. */
  private final Set<String> told;

  PolicyResolver(Target architecture, List<PolicyWarning> warnings, Set<String> told) {
    this.told = Set.copyOf(told);
    this.architecture = architecture;
    this.table = SyscallTable.of(architecture);
    this.warnings = warnings;
  }

  SortedMap<Integer, List<ResolvedRule>> rules(Policy policy) {
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
        found.forEach(r -> rules.computeIfAbsent(r.number(), key -> new ArrayList<>()).add(r));
      }
      passedOn.warning().ifPresent(warnings::add);
    }
    return rules;
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
        names.addAll(members(call));
      }
    }
    for (CallName call : rule.calls()) {
      if (call.isExclusion()) {
        names.removeAll(members(call));
      }
    }
    names.removeIf(name -> !Multiplexer.isReachable(architecture, name));
    if (names.isEmpty() && rule.calls().stream().noneMatch(c -> told.contains(c.name()))) {
      warnings.add(
          new PolicyWarning(
              rule.position(), "the rule names no call of " + architecture + "; remove it"));
    }
    return names;
  }

  private Set<String> members(CallName call) {
    String target = call.target();
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
      if (call.isExclusion() || !told.contains(target)) {
        warnings.add(
            new PolicyWarning(
                call.position(),
                "\"%s\" is not a call of %s; it is ignored%s"
                    .formatted(target, architecture, LibraryFunctions.hint(target, architecture))));
      }
    }
    return Set.of(target);
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

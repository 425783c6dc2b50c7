package dev.hardwire.seccomp.resolve;

import dev.hardwire.policy.CallName;
import dev.hardwire.policy.NearestName;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.Rule;
import dev.hardwire.seccomp.Architecture;
import dev.hardwire.seccomp.CallGroups;
import dev.hardwire.seccomp.SyscallTable;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** Turns the calls that rules name into numbers. */
final class PolicyResolver {
  private final Architecture architecture;
  private final SyscallTable table;
  private final List<PolicyWarning> warnings;

  PolicyResolver(Architecture architecture, List<PolicyWarning> warnings) {
    this.architecture = architecture;
    this.table = SyscallTable.of(architecture);
    this.warnings = warnings;
  }

  SortedMap<Integer, List<ResolvedRule>> rules(Policy policy) {
    SortedMap<Integer, List<ResolvedRule>> rules = new TreeMap<>();
    for (Rule rule : policy.rules()) {
      ConditionResolver conditions = new ConditionResolver(architecture, warnings);
      for (String name : names(rule)) {
        int number = table.number(name).getAsInt();
        Expression condition =
            rule.condition()
                .map(c -> conditions.resolve(c, name))
                .orElse(new Expression.Constant(true));
        rules
            .computeIfAbsent(number, key -> new ArrayList<>())
            .add(new ResolvedRule(rule, name, number, condition));
      }
    }
    return rules;
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
    names.retainAll(table.names());
    if (names.isEmpty()) {
      warnings.add(
          new PolicyWarning(
              rule.position(), "the rule names no call of " + architecture + "; remove it"));
    }
    return names;
  }

  private Set<String> members(CallName call) {
    String target = call.target();
    if (call.isGroup()) {
      return CallGroups.calls(target)
          .orElseThrow(
              () ->
                  new PolicyException(
                      call.position(),
                      "unknown group \""
                          + target
                          + "\""
                          + NearestName.hint(target, CallGroups.names())));
    }
    if (table.number(target).isEmpty()) {
      if (!CallGroups.isKnownSomewhere(target)) {
        throw new PolicyException(
            call.position(),
            "unknown system call \""
                + target
                + "\" on "
                + architecture
                + NearestName.hint(target, table.names()));
      }
      warnings.add(
          new PolicyWarning(
              call.position(),
              "\"" + target + "\" is not a call of " + architecture + "; it is left out"));
    }
    return Set.of(target);
  }
}

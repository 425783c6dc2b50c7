package dev.hardwire.seccomp.prove;

import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import dev.hardwire.seccomp.SyscallTable;
import dev.hardwire.seccomp.Verdict;
import dev.hardwire.seccomp.resolve.ResolvedPolicy;
import dev.hardwire.seccomp.resolve.ResolvedRule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Finds what is valid in a policy but hardly meant: rules that can never match, conditions that
 * always or never hold, a program that cannot end.
 */
public final class PolicyCheck {
  private final ResolvedPolicy policy;
  private final Bdd bdd = new Bdd();
  private final SymbolicPolicy symbolic;

  /** In the order found; the same thing said of two calls at one place is said once. */
  private final Set<PolicyWarning> warnings = new LinkedHashSet<>();

  /** Rules that decide something, compared by identity. */
  private final Set<Rule> matching = Collections.newSetFromMap(new IdentityHashMap<>());

  /** Rules that name a call of the architecture, compared by identity. */
  private final Set<Rule> named = Collections.newSetFromMap(new IdentityHashMap<>());

  private PolicyCheck(ResolvedPolicy policy) {
    this.policy = policy;
    this.symbolic = new SymbolicPolicy(new Words(bdd, policy.architecture().byteOrder()));
  }

  /** Every warning, those of the look-up of names first. */
  public static List<PolicyWarning> warnings(ResolvedPolicy policy) {
    PolicyCheck check = new PolicyCheck(policy);
    check.warnings.addAll(policy.warnings());
    policy.rules().values().forEach(check::conditions);
    policy.rules().values().forEach(check::reach);
    policy.policy().rules().forEach(check::groupRule);
    check.end();
    return new ArrayList<>(check.warnings);
  }

  /**
   * Refuses a policy that there is a warning about.
   *
   * @throws dev.hardwire.policy.PolicyException with the first warning
   */
  public static void requireNoWarnings(ResolvedPolicy policy) {
    List<PolicyWarning> warnings = warnings(policy);
    if (!warnings.isEmpty()) {
      throw warnings.get(0).toException();
    }
  }

  private void conditions(List<ResolvedRule> rules) {
    for (ResolvedRule rule : rules) {
      if (rule.rule().condition().isEmpty()) {
        continue;
      }
      int condition = symbolic.condition(rule.condition());
      if (condition == Bdd.TRUE || condition == Bdd.FALSE) {
        warnings.add(
            new PolicyWarning(
                rule.rule().condition().get().position(),
                String.format(
                    "the condition %s holds for %s; %s",
                    condition == Bdd.TRUE ? "always" : "never",
                    rule.name(),
                    condition == Bdd.TRUE ? "remove it" : "correct it or remove the rule")));
      }
    }
  }

  /** Rules of one call that earlier ones leave nothing to. */
  private void reach(List<ResolvedRule> rules) {
    int left = Bdd.TRUE;
    for (ResolvedRule rule : rules) {
      int condition = symbolic.condition(rule.condition());
      named.add(rule.rule());
      if (bdd.and(condition, left) != Bdd.FALSE) {
        matching.add(rule.rule());
      } else if (condition != Bdd.FALSE) {
        named(rule).ifPresent(call -> unreachable(rule, call));
      }
      left = bdd.and(left, bdd.not(condition));
    }
  }

  /** Where a rule names the call itself and not only a group that it is in. */
  private static Optional<CallName> named(ResolvedRule rule) {
    return rule.rule().calls().stream().filter(c -> c.name().equals(rule.name())).findFirst();
  }

  /** A rule whose groups hold nothing that earlier rules leave. */
  private void groupRule(Rule rule) {
    boolean onlyGroups = rule.calls().stream().allMatch(c -> c.isGroup() || c.isExclusion());
    if (onlyGroups && named.contains(rule) && !matching.contains(rule)) {
      warnings.add(
          new PolicyWarning(
              rule.position(),
              "this rule can never match: earlier rules decide all of its calls; remove it"));
    }
  }

  private void unreachable(ResolvedRule rule, CallName call) {
    Rule earlier =
        policy.rules().get(rule.number()).stream()
            .filter(ResolvedRule::isUnconditional)
            .map(ResolvedRule::rule)
            .findFirst()
            .orElse(null);
    String why =
        earlier == null || earlier.equals(rule.rule())
            ? "earlier rules decide every such call"
            : "the rule at " + earlier.position() + " decides it first";
    warnings.add(
        new PolicyWarning(
            call.position(), "this rule can never match " + call + ": " + why + "; remove it"));
  }

  /** A program that may not end by itself. */
  private void end() {
    SyscallTable table = SyscallTable.of(policy.architecture());
    int number = table.number("exit_group").orElseThrow();
    List<ResolvedRule> rules = policy.rules().getOrDefault(number, List.of());
    boolean allowed =
        isAllowed(policy.defaultVerdict())
            || rules.stream().anyMatch(rule -> isAllowed(Verdict.of(rule.rule().action())));
    if (!allowed) {
      warnings.add(
          new PolicyWarning(
              whole(policy.policy()),
              "exit_group is not allowed: the program cannot end; allow it"));
    }
  }

  private static boolean isAllowed(Verdict verdict) {
    return verdict.action() == Verdict.ALLOW || verdict.action() == Verdict.LOG;
  }

  private static Position whole(Policy policy) {
    return policy.rules().isEmpty()
        ? Position.NONE
        : new Position(policy.rules().get(0).position().source(), 0, 0);
  }
}

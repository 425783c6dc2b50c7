package dev.hardwire.filter.prove;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.Multiplexer;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.prove.symbolic.Bdd;
import dev.hardwire.filter.prove.symbolic.SymbolicPolicy;
import dev.hardwire.filter.resolve.Expression;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.filter.resolve.ResolvedRule;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Comparison;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Finds rules that allow socketcall(2) or ipc(2) completely although other rules concern calls made
 * through them: the multiplexer would bypass those rules, since its arguments in memory are not
 * visible.
 */
final class MultiplexerCheck {
  private final ResolvedPolicy policy;
  private final Target architecture;
  private final Bdd bdd;
  private final SymbolicPolicy symbolic;

  MultiplexerCheck(ResolvedPolicy policy, Bdd bdd, SymbolicPolicy symbolic) {
    this.policy = policy;
    this.architecture = policy.architecture();
    this.bdd = bdd;
    this.symbolic = symbolic;
  }

  List<PolicyWarning> warnings() {
    List<PolicyWarning> warnings = new ArrayList<>();
    for (String call : Multiplexer.all()) {
      OptionalInt number = SyscallTable.of(architecture).number(call);
      if (number.isPresent()) {
        check(call, policy.rulesOf(number.getAsInt()), warnings);
      }
    }
    return warnings;
  }

  private void check(String call, List<ResolvedRule> rules, List<PolicyWarning> warnings) {
    int left = Bdd.TRUE;
    for (ResolvedRule rule : rules) {
      Optional<CallName> named =
          rule.rule().calls().stream().filter(c -> c.name().equals(call)).findFirst();
      if (named.isPresent() && rule.rule().condition().isEmpty() && letsThrough(rule.rule())) {
        for (String target : Multiplexer.passedOn(call)) {
          restriction(target, call, left)
              .ifPresent(other -> warnings.add(warning(named.get(), target, other)));
        }
      }
      left = bdd.and(left, bdd.not(symbolic.condition(rule.condition())));
    }
  }

  /** A rule about a call that the multiplexer would bypass. */
  private Optional<Rule> restriction(String target, String call, int left) {
    Multiplexer way = Multiplexer.of(architecture, target).orElseThrow();
    Expression selected =
        new Expression.Test(0, 32, false, way.mask(), Comparison.EQUAL, way.operation());
    if (bdd.and(left, symbolic.condition(selected)) == Bdd.FALSE) {
      return Optional.empty(); // an earlier rule decides it
    }
    CallName excluded = new CallName("~" + call, policy.policy().defaultPosition());
    OptionalInt number = SyscallTable.of(architecture).number(target);
    return policy.policy().rules().stream()
        .filter(rule -> !letsThrough(rule) || rule.condition().isPresent())
        .filter(rule -> !rule.calls().contains(excluded))
        .filter(rule -> isAbout(rule, target, number))
        .findFirst();
  }

  private boolean isAbout(Rule rule, String target, OptionalInt number) {
    return rule.calls().stream().anyMatch(c -> c.name().equals(target))
        || (number.isPresent()
            && policy.rulesOf(number.getAsInt()).stream()
                .anyMatch(resolved -> resolved.rule().equals(rule)));
  }

  private static boolean letsThrough(Rule rule) {
    return Action.letsThrough(rule.action());
  }

  private static PolicyWarning warning(CallName named, String target, Rule other) {
    return new PolicyWarning(
        named.position(),
        "%s allows %s whatever its arguments, but the rule at %s checks them; list the calls"
                .formatted(named.name(), target, other.position())
            + " instead, or add a condition on its first argument");
  }
}

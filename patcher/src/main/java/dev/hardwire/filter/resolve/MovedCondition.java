package dev.hardwire.filter.resolve;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.ArgumentTable;
import dev.hardwire.calls.ArgumentTable.Argument;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.Operand;
import dev.hardwire.policy.PolicyWarning;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/** Translates a condition on a call's arguments to the arguments of the call that replaces it. */
final class MovedCondition {
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
    return new Condition.Compare(move(compare.operand()), compare.comparison(), compare.constant());
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

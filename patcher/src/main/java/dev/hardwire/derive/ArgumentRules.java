package dev.hardwire.derive;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.ConstantTable;
import dev.hardwire.derive.Derivation.ReachedArgument;
import dev.hardwire.derive.Derivation.ReachedCall;
import dev.hardwire.policy.Comparison;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.Constant;
import dev.hardwire.policy.Operand;
import dev.hardwire.policy.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Conditions on the arguments of calls, as far as all values are known.
 *
 * @param conditions by call
 * @param open why arguments of other calls may have any value, each a line
 */
record ArgumentRules(SortedMap<String, Condition> conditions, List<String> open) {
  static final ArgumentRules NONE = new ArgumentRules(new TreeMap<>(), List.of());

  /** The argument of mmap(2) and mprotect(2), which has 64 bits, of which one counts here. */
  private static final String PROTECTION = "prot";

  private static final long LOW = 0xffff_ffffL;

  /**
   * The conditions for a program.
   *
   * @param answer about calls whose numbers are not known, whose arguments are not known either
   */
  static ArgumentRules of(Derivation derivation, UnknownAnswer answer) {
    List<String> listed = answer instanceof UnknownAnswer.Calls calls ? calls.names() : List.of();
    if (!derivation.isComplete() && !(answer instanceof UnknownAnswer.Calls)) {
      return new ArgumentRules(
          new TreeMap<>(), List.of("all calls, since the numbers of some are not known"));
    }
    ArgumentRules rules = new ArgumentRules(new TreeMap<>(), new ArrayList<>());
    for (ReachedCall call : derivation.calls().values()) {
      if (!derivation.isComplete() && listed.contains(call.name())) {
        rules.open.add(call.name() + ", which is listed for calls that are not known");
      } else {
        rules.add(call);
      }
    }
    return rules;
  }

  private void add(ReachedCall call) {
    List<Condition> parts = new ArrayList<>();
    for (ReachedArgument argument : call.arguments()) {
      if (argument.unknown().isEmpty()) {
        condition(call.name(), argument).ifPresent(parts::add);
      } else {
        open.add("%s %s: %s".formatted(call.name(), argument.name(), argument.unknown()));
      }
    }
    if (!parts.isEmpty()) {
      conditions.put(call.name(), parts.size() == 1 ? parts.get(0) : new Condition.All(parts));
    }
  }

  private static Optional<Condition> condition(String call, ReachedArgument argument) {
    Operand operand = Operand.of(argument.name());
    if (argument.name().equals(PROTECTION)) {
      long execute = ConstantTable.of(Target.X86_64).value("PROT_EXEC").orElseThrow();
      boolean executes = argument.values().keySet().stream().anyMatch(v -> (v & execute) != 0);
      return executes
          ? Optional.empty()
          : Optional.of(
              new Condition.Compare(
                  operand.withMask(new Constant.Symbol("PROT_EXEC", Position.NONE)),
                  Comparison.EQUAL,
                  Constant.Literal.of(0)));
    }
    List<Constant> values =
        argument.values().keySet().stream()
            .map(value -> ArgumentNames.constant(call, argument.name(), value))
            .toList();
    Operand compared = call.equals("ptrace") ? operand.withMask(Constant.Literal.of(LOW)) : operand;
    return Optional.of(
        values.size() == 1
            ? new Condition.Compare(compared, Comparison.EQUAL, values.get(0))
            : new Condition.Member(compared, values));
  }
}

package dev.hardwire.learn.arguments;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.ArgumentTable;
import dev.hardwire.calls.ArgumentTable.Argument;
import dev.hardwire.calls.Multiplexer;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.resolve.Expression;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.filter.resolve.ResolvedRule;
import dev.hardwire.learn.log.StraceValue;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Policy;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.IntFunction;
import java.util.regex.Pattern;

/** The decisions of an existing policy for calls. */
public final class Coverage {
  /** Arguments that are half of a number, or padding before halves. */
  private static final Pattern JOINED = Pattern.compile(".*_(low|high|l|h)|unused");

  private final Target architecture;
  private final Optional<ResolvedPolicy> policy;

  public Coverage(Optional<Policy> policy, Target architecture) {
    this.architecture = architecture;
    this.policy = policy.map(base -> ResolvedPolicy.of(base, architecture));
  }

  /**
   * The rules of a call; if it can only be made through a multiplexer, those of the multiplexer.
   */
  private List<ResolvedRule> rules(String call) {
    if (policy.isEmpty()) {
      return List.of();
    }
    SyscallTable table = SyscallTable.of(architecture);
    int number =
        table
            .number(call)
            .orElseGet(
                () ->
                    table
                        .number(Multiplexer.of(architecture, call).orElseThrow().call())
                        .orElseThrow());
    return policy.get().rules().getOrDefault(number, List.of());
  }

  private boolean isOnlyPassedOn(String call) {
    return SyscallTable.of(architecture).number(call).isEmpty();
  }

  /** Whether the decision for a call depends on its arguments. */
  public boolean needsArguments(String call) {
    List<ResolvedRule> rules = rules(call);
    return !rules.isEmpty() && !rules.get(0).isUnconditional();
  }

  /**
   * The action by which a call is denied that a rule decides whatever its arguments are, so that a
   * rule behind that one has no effect: that of this rule, or of the first one before that denies.
   */
  public Optional<Action> refusal(String call) {
    Optional<Action> denied = Optional.empty();
    for (ResolvedRule rule : rules(call)) {
      Action action = rule.rule().action();
      denied = denied.isEmpty() && !Action.letsThrough(action) ? Optional.of(action) : denied;
      if (rule.isUnconditional()) {
        return denied;
      }
    }
    return Optional.empty();
  }

  /** The calls that the policy lets through, at least for some arguments. */
  public List<String> allowed() {
    SyscallTable table = SyscallTable.of(architecture);
    return table.names().stream().filter(call -> mayRun(rules(call))).toList();
  }

  private boolean mayRun(List<ResolvedRule> rules) {
    for (ResolvedRule rule : rules) {
      if (Action.letsThrough(rule.rule().action())) {
        return true;
      } else if (rule.isUnconditional()) {
        return false;
      }
    }
    return Action.letsThrough(policy.orElseThrow().policy().defaultAction());
  }

  /**
   * Whether the policy certainly allows a call.
   *
   * @param arguments as written in a trace; empty if they are not known
   */
  public boolean allows(String call, Optional<List<String>> arguments) {
    if (policy.isEmpty()) {
      return false;
    }
    IntFunction<OptionalLong> registers =
        isOnlyPassedOn(call)
            ? index -> index == 0 ? operation(call) : OptionalLong.empty()
            : index -> register(call, arguments, index);
    for (ResolvedRule rule : rules(call)) {
      Optional<Boolean> holds = holds(rule.condition(), registers);
      boolean runs = Action.letsThrough(rule.rule().action());
      if (holds.isEmpty() && !runs) {
        return false;
      }
      if (holds.isPresent() && holds.get()) {
        return runs;
      }
    }
    return policy.get().policy().defaultAction() instanceof Action.Allow;
  }

  private OptionalLong operation(String call) {
    return OptionalLong.of(Multiplexer.of(architecture, call).orElseThrow().operation());
  }

  private OptionalLong register(String call, Optional<List<String>> arguments, int index) {
    if (arguments.isEmpty()) {
      return OptionalLong.empty();
    }
    Optional<String> text = Optional.empty();
    if (call.equals("clone")) {
      ArgumentSlot flags = ArgumentSlot.of(call).get(0);
      text = index == flagsOfClone() ? flags.text(arguments.get()) : text;
    } else if (isShownInPlace(call, index)) {
      text =
          index < arguments.get().size()
              ? Optional.of(arguments.get().get(index))
              : Optional.empty();
    }
    Optional<StraceValue> value = text.flatMap(t -> StraceValue.parse(t, architecture));
    return value.isPresent() ? OptionalLong.of(value.get().bits()) : OptionalLong.empty();
  }

  private int flagsOfClone() {
    List<Argument> list = ArgumentTable.of(architecture).arguments("clone").orElseThrow();
    int index = 0;
    while (!list.get(index).names().contains("flags")) {
      index++;
    }
    return index;
  }

  /**
   * Whether strace writes a register at its own position: not after halves of one number, which
   * strace joins; not values in memory; and not the file offset of mmap2(2), which is counted in
   * pages.
   */
  private boolean isShownInPlace(String call, int index) {
    List<Argument> list = ArgumentTable.of(architecture).arguments(call).orElse(List.of());
    boolean pages = call.equals("mmap2") && index == 5;
    return !pages
        && !ArgumentTable.of(architecture).isInMemory(call)
        && list.stream().limit(index + 1L).noneMatch(a -> JOINED.matcher(a.name()).matches());
  }

  /** The value of the condition; empty if it depends on unknown arguments. */
  private static Optional<Boolean> holds(
      Expression condition, IntFunction<OptionalLong> registers) {
    if (condition instanceof Expression.Constant constant) {
      return Optional.of(constant.value());
    } else if (condition instanceof Expression.Not not) {
      return holds(not.part(), registers).map(value -> !value);
    } else if (condition instanceof Expression.All all) {
      return joined(all.parts(), registers, false);
    } else if (condition instanceof Expression.Any any) {
      return joined(any.parts(), registers, true);
    }
    Expression.Test test = (Expression.Test) condition;
    OptionalLong register = registers.apply(test.argument());
    return register.isEmpty() ? Optional.empty() : Optional.of(test.holds(register.getAsLong()));
  }

  /** Any ({@code decisive} true) or all (false) of several. */
  private static Optional<Boolean> joined(
      List<Expression> parts, IntFunction<OptionalLong> registers, boolean decisive) {
    boolean open = false;
    for (Expression part : parts) {
      Optional<Boolean> holds = holds(part, registers);
      if (holds.isPresent() && holds.get() == decisive) {
        return holds;
      }
      open |= holds.isEmpty();
    }
    return open ? Optional.empty() : Optional.of(!decisive);
  }
}

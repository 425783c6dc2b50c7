package dev.hardwire.filter.resolve;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.Multiplexer;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.CallNumbers;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/**
 * The call numbers without a name that a rule lists: {@code nr 335}, {@code nr 470-499}, and two
 * groups.
 *
 * <p>{@value #UNKNOWN} are the numbers that have no name in the tables. {@value #NEWER} are those
 * above the largest one that the policy names, or, if it names none, above those of the tables.
 */
final class RuleNumbers {
  static final String UNKNOWN = "@unknown-calls";
  static final String NEWER = "@newer-calls";

  /** The first of arm's private calls, which say nothing about a kernel's age. */
  private static final int PRIVATE = 0x0f_0000;

  private final Target architecture;
  private final SyscallTable table;
  private final long last;

  /** The first number above those that the policy names; empty if it is not known yet. */
  private Optional<Long> newer = Optional.empty();

  RuleNumbers(Target architecture) {
    this.architecture = architecture;
    this.table = SyscallTable.of(architecture);
    this.last = architecture.refusedFrom().orElse(CallNumbers.LAST + 1) - 1;
  }

  static boolean isGroup(String name) {
    return name.equals(UNKNOWN) || name.equals(NEWER);
  }

  static boolean isIn(Rule rule) {
    for (CallName call : rule.calls()) {
      if (isOf(call)) {
        return true;
      }
    }
    return false;
  }

  /** Whether an item gives numbers, not names. */
  static boolean isOf(CallName call) {
    return isGroup(call.target()) || call.numbers().isPresent();
  }

  Optional<String> name(CallName call) {
    Optional<CallNumbers> numbers = call.numbers();
    return numbers.isPresent() && numbers.get().isSingle()
        ? table.name(numbers.get().from())
        : Optional.empty();
  }

  /** The names of all calls that an item gives the numbers of. */
  Set<String> names(CallName call) {
    Set<String> names = new TreeSet<>();
    if (call.numbers().isPresent()) {
      CallNumbers numbers = call.numbers().get();
      for (String name : table.names()) {
        int number = table.number(name).getAsInt();
        if (number >= numbers.from() && number <= numbers.to()) {
          names.add(name);
        }
      }
    }
    return names;
  }

  /**
   * The numbers of a rule, in order. A single number with a name is left out if the rule has no
   * condition: it then stands for the call of that name. Under a condition it stays a number, so
   * that its arguments are whole registers, whatever calls the tables have.
   *
   * @param names the calls that the rule excludes by name
   */
  List<CallNumbers> of(Rule rule, Policy policy, Set<String> names) {
    List<CallNumbers> numbers = new ArrayList<>();
    for (CallName call : rule.calls()) {
      boolean isNumber = rule.condition().isPresent() || name(call).isEmpty();
      if (isOf(call) && !call.isExclusion() && isNumber) {
        numbers.addAll(members(call, policy));
      }
    }
    for (CallName call : rule.calls()) {
      if (isOf(call) && call.isExclusion()) {
        for (CallNumbers left : members(call, policy)) {
          numbers = without(numbers, left);
        }
      }
    }
    for (String name : names) {
      OptionalInt number = table.number(name);
      if (number.isPresent()) {
        numbers = without(numbers, new CallNumbers(number.getAsInt(), number.getAsInt()));
      }
    }
    return numbers;
  }

  private List<CallNumbers> members(CallName call, Policy policy) {
    if (call.target().equals(UNKNOWN)) {
      return unknown();
    }
    CallNumbers all =
        call.target().equals(NEWER)
            ? new CallNumbers(newer(policy), last)
            : call.numbers().orElseThrow();
    if (all.to() > last) {
      throw new PolicyException(
          call.position(),
          "every filter of %s kills the process at numbers from 0x%x up, whatever the policy says"
              .formatted(architecture, last + 1));
    }
    return List.of(all);
  }

  private List<CallNumbers> unknown() {
    TreeSet<Integer> known = new TreeSet<>();
    table.names().forEach(name -> known.add(table.number(name).getAsInt()));
    List<CallNumbers> unknown = new ArrayList<>();
    long from = 0;
    for (int number : known) {
      if (number > from) {
        unknown.add(new CallNumbers(from, number - 1));
      }
      from = number + 1L;
    }
    unknown.add(new CallNumbers(from, last));
    return unknown;
  }

  private long newer(Policy policy) {
    if (newer.isEmpty()) {
      PolicyResolver resolver = new PolicyResolver(architecture, new ArrayList<>(), Set.of());
      long newest = -1;
      for (Rule rule : policy.rules()) {
        for (String name : resolver.names(rule)) {
          newest = Math.max(newest, number(name));
        }
      }
      newer = Optional.of((newest < 0 ? newestKnown() : newest) + 1);
    }
    return newer.get();
  }

  /**
   * The number by which a call is made, which may be that of a multiplexer; -1 if it is private.
   */
  private long number(String name) {
    OptionalInt own = table.number(name);
    int number =
        own.isPresent()
            ? own.getAsInt()
            : table.number(Multiplexer.of(architecture, name).orElseThrow().call()).orElseThrow();
    return number < PRIVATE ? number : -1;
  }

  /** The largest number of the table that says something about a kernel's age. */
  private long newestKnown() {
    long newest = -1;
    for (int number : table.numbers()) {
      newest = number < PRIVATE ? Math.max(newest, number) : newest;
    }
    return newest;
  }

  private static List<CallNumbers> without(List<CallNumbers> numbers, CallNumbers left) {
    List<CallNumbers> result = new ArrayList<>();
    for (CallNumbers one : numbers) {
      if (left.to() < one.from() || left.from() > one.to()) {
        result.add(one);
        continue;
      }
      if (one.from() < left.from()) {
        result.add(new CallNumbers(one.from(), left.from() - 1));
      }
      if (one.to() > left.to()) {
        result.add(new CallNumbers(left.to() + 1, one.to()));
      }
    }
    return result;
  }
}

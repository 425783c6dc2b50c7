package dev.hardwire.why;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.ArgumentConstants;
import dev.hardwire.calls.ArgumentTable;
import dev.hardwire.calls.SyscallTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/** A call with the names of its arguments and of their values. */
public final class CallLine {
  private static final int LONGEST_DECIMAL = 1000;

  private CallLine() {}

  /** Its name, or its number if it has none. */
  public static String name(DeniedCall call) {
    long number = call.data().nr();
    return Target.ofAuditNumber(call.data().arch())
        .flatMap(target -> SyscallTable.of(target).name(number))
        .orElse("system call " + number);
  }

  /** Such as {@code socket(family=AF_INET, type=SOCK_STREAM, protocol=0)}. */
  public static String of(DeniedCall call) {
    String name = name(call);
    if (!call.hasArguments()) {
      return name + "(...)";
    }
    StringJoiner all = new StringJoiner(", ", name + "(", ")");
    arguments(call).forEach(argument -> all.add(argument.name() + "=" + argument.text()));
    return all.toString();
  }

  /**
   * An argument.
   *
   * @param name in policies
   * @param text the value, by a name if it has one
   */
  public record Argument(String name, long value, String text) {}

  /** The arguments; of a call that is not known, all six. */
  public static List<Argument> arguments(DeniedCall call) {
    List<Argument> arguments = new ArrayList<>();
    Target target = Target.ofAuditNumber(call.data().arch()).orElse(Target.X86_64);
    List<ArgumentTable.Argument> known =
        ArgumentTable.of(target).arguments(name(call)).orElse(List.of());
    boolean isKnown = ArgumentTable.of(target).arguments(name(call)).isPresent();
    for (int i = 0; i < (isKnown ? known.size() : 6); i++) {
      long value = call.data().args().get(i);
      if (!isKnown) {
        arguments.add(new Argument("arg" + i, value, number(value)));
        continue;
      }
      ArgumentTable.Argument argument = known.get(i);
      String text =
          call.texts().containsKey(i)
              ? "\"" + call.texts().get(i) + "\""
              : text(target, name(call), argument, value);
      arguments.add(new Argument(argument.name(), value, text));
    }
    return arguments;
  }

  private static String text(
      Target target, String call, ArgumentTable.Argument argument, long register) {
    int unused = Long.SIZE - argument.type().bits();
    long value =
        argument.type().signed() ? register << unused >> unused : register << unused >>> unused;
    if (argument.type().pointer()) {
      return value == 0 ? "NULL" : "0x" + Long.toHexString(value);
    }
    if (argument.name().equals("mode") && value >= 0 && value <= 07777) {
      return value == 0 ? "0" : "0" + Long.toOctalString(value);
    }
    if (argument.name().equals("protocol") && value == 0) {
      return "0"; // the usual one; only some families call it IPPROTO_HOPOPTS
    }
    Map<Long, String> names = ArgumentConstants.names(target, call, argument.name());
    if (names.containsKey(value)) {
      return names.get(value);
    }
    List<String> parts = new ArrayList<>();
    long rest = value;
    for (long left = value; left != 0 && !names.containsKey(rest); ) {
      long flag = Long.highestOneBit(left);
      left &= ~flag;
      if (names.containsKey(flag)) {
        parts.add(0, names.get(flag));
        rest &= ~flag;
      }
    }
    if (rest != 0 && names.containsKey(rest)) {
      parts.add(0, names.get(rest));
      rest = 0;
    }
    return rest == 0 && !parts.isEmpty() ? String.join("|", parts) : number(value);
  }

  private static String number(long value) {
    return value > -LONGEST_DECIMAL && value < LONGEST_DECIMAL
        ? Long.toString(value)
        : "0x" + Long.toHexString(value);
  }
}

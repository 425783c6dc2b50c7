package dev.hardwire.filter;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.ArgumentTable;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.policy.ConditionParser;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.text.NearestName;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.StringJoiner;
import java.util.function.IntFunction;

/** A system call with arguments as text: {@code socket(AF_INET, 1, 0)}. */
public final class CallText {
  private final Target architecture;
  private final IntFunction<Position> positions;

  private CallText(Target architecture, IntFunction<Position> positions) {
    this.architecture = architecture;
    this.positions = positions;
  }

  /**
   * Reads a call. Missing arguments are 0; the name may be a number.
   *
   * @param positions the position of a character of {@code text}, counted from 0
   * @throws PolicyException if it is not a call of {@code architecture}
   */
  public static SeccompData parse(
      String text, Target architecture, IntFunction<Position> positions) {
    return new CallText(architecture, positions).parse(text);
  }

  private SeccompData parse(String text) {
    int open = text.indexOf('(');
    if (open >= 0 && !text.stripTrailing().endsWith(")")) {
      throw new PolicyException(positions.apply(text.length()), "expected \")\" after a call");
    }
    String name = (open < 0 ? text : text.substring(0, open)).strip();
    List<Long> args = new ArrayList<>();
    if (open >= 0) {
      int at = open + 1;
      String inside = text.substring(at, text.lastIndexOf(')'));
      for (String part : inside.isBlank() ? new String[0] : inside.split(",", -1)) {
        args.add(argument(part, at));
        at += part.length() + 1;
      }
    }
    if (args.size() > 6) {
      throw new PolicyException(positions.apply(open), "a call has at most 6 arguments");
    }
    long[] values = args.stream().mapToLong(Long::longValue).toArray();
    return SeccompData.of(architecture, number(name), values);
  }

  private long number(String name) {
    if (name.matches("-?[0-9]{1,10}|0x[0-9a-fA-F]{1,8}")) {
      long value = Long.decode(name.matches("0[0-9]+") ? name.replaceFirst("^0+", "") : name);
      if (value < Integer.MIN_VALUE || value > 0xffff_ffffL) {
        throw new PolicyException(positions.apply(0), name + " does not fit 32 bits");
      }
      return value;
    }
    SyscallTable table = SyscallTable.of(architecture);
    OptionalInt number = table.number(name);
    return number.orElseThrow(
        () ->
            new PolicyException(
                positions.apply(0),
                "unknown system call \"" + name + "\"" + NearestName.hint(name, table.names())));
  }

  private long argument(String text, int at) {
    return ConstantValue.of(
        ConditionParser.parseConstant(text, i -> positions.apply(at + i)), architecture);
  }

  /** A call's text. A call without a name on the architecture is written as a number. */
  public static String write(SeccompData call, Target architecture) {
    String name =
        SyscallTable.of(architecture).name(call.nr()).orElse("0x" + Long.toHexString(call.nr()));
    int known = ArgumentTable.of(architecture).arguments(name).map(List::size).orElse(6);
    int last = known;
    for (int i = known; i < 6; i++) {
      last = call.args().get(i) != 0 ? i + 1 : last;
    }
    StringJoiner args = new StringJoiner(", ", name + "(", ")");
    for (int i = 0; i < last; i++) {
      long value = call.args().get(i);
      args.add(value >= 0 && value < 1000 ? Long.toString(value) : "0x" + Long.toHexString(value));
    }
    return args.toString();
  }
}

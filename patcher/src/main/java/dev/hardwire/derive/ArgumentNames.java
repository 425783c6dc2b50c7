package dev.hardwire.derive;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.ArgumentConstants;
import dev.hardwire.calls.ConstantTable;
import dev.hardwire.policy.Constant;
import dev.hardwire.policy.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** How values of arguments are written. */
public final class ArgumentNames {
  /** Bits that may be added to the type of a socket (socket(2)). */
  private static final List<String> SOCKET_BITS = List.of("SOCK_CLOEXEC", "SOCK_NONBLOCK");

  private ArgumentNames() {}

  /**
   * A constant with a value.
   *
   * @param argument its name in the kernel
   */
  static Constant constant(String call, String argument, long value) {
    // What an option is depends on the level; 0 is the usual protocol, not that of its name.
    if (argument.equals("optname") || argument.equals("protocol")) {
      return Constant.Literal.of(value);
    }
    if (argument.equals("level")) {
      return value == constant("SOL_SOCKET") ? symbol("SOL_SOCKET") : Constant.Literal.of(value);
    }
    List<Constant> parts = new ArrayList<>();
    long rest = value;
    for (String bit : argument.equals("type") ? SOCKET_BITS : List.<String>of()) {
      if ((value & constant(bit)) != 0) {
        parts.add(symbol(bit));
        rest &= ~constant(bit);
      }
    }
    Map<Long, String> names = ArgumentConstants.names(Target.X86_64, call, argument);
    String name = names.get(rest);
    parts.add(0, name == null ? Constant.Literal.of(rest) : symbol(name));
    return parts.size() == 1
        ? parts.get(0)
        : name == null ? Constant.Literal.of(value) : new Constant.Union(parts);
  }

  /** The same as text. */
  public static String text(String call, String argument, long value) {
    return constant(call, argument, value).toString();
  }

  private static long constant(String name) {
    return ConstantTable.of(Target.X86_64).value(name).orElseThrow();
  }

  private static Constant symbol(String name) {
    return new Constant.Symbol(name, Position.NONE);
  }
}

package dev.hardwire.learn.arguments;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.ArgumentConstants;
import dev.hardwire.calls.ArgumentTable;
import dev.hardwire.calls.ConstantTable;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.Constant;
import dev.hardwire.policy.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The condition that {@code learn --arguments} would make from a single call. */
public final class CallCondition {
  private CallCondition() {}

  /**
   * The condition on the arguments that characterise the use of a call.
   *
   * @param name of the call
   * @return empty if no argument does
   */
  public static Optional<Condition> of(SeccompData call, String name, Target architecture) {
    if (ArgumentTable.of(architecture).isInMemory(name)) {
      return Optional.empty();
    }
    List<ArgumentTable.Argument> known =
        ArgumentTable.of(architecture).arguments(name).orElse(List.of());
    List<Condition> parts = new ArrayList<>();
    for (ArgumentSlot slot : ArgumentSlot.of(name)) {
      for (int i = 0; i < known.size(); i++) {
        if (known.get(i).names().contains(slot.argument())) {
          int bits = known.get(i).type().bits();
          long value = call.args().get(i) & (bits == Long.SIZE ? -1 : (1L << bits) - 1);
          Map<Long, String> names =
              ArgumentConstants.names(architecture, name, known.get(i).name());
          condition(slot, value, names, ConstantTable.of(architecture)).ifPresent(parts::add);
        }
      }
    }
    return Condition.all(parts);
  }

  private static Optional<Condition> condition(
      ArgumentSlot slot, long value, Map<Long, String> names, ConstantTable constants) {
    long ignored = 0;
    for (String name : slot.ignored()) {
      ignored |= constants.value(name).orElseThrow();
    }
    List<Constant> seen =
        slot.kind() == ArgumentSlot.Kind.FLAGS
            ? flags(value, names)
            : List.of(constant(value & ~ignored, names));
    return slot.condition(seen, value, constants.value("PROT_EXEC").orElseThrow());
  }

  private static List<Constant> flags(long value, Map<Long, String> names) {
    List<Constant> flags = new ArrayList<>();
    long unnamed = 0;
    for (long left = value; left != 0; left &= left - 1) {
      long flag = Long.lowestOneBit(left);
      if (names.containsKey(flag)) {
        flags.add(constant(flag, names));
      } else {
        unnamed |= flag;
      }
    }
    if (unnamed != 0) {
      flags.add(Constant.Literal.of(unnamed));
    }
    return flags;
  }

  private static Constant constant(long value, Map<Long, String> names) {
    String name = names.get(value);
    return name == null ? Constant.Literal.of(value) : new Constant.Symbol(name, Position.NONE);
  }
}

package dev.hardwire.filter.resolve;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.ArgumentConstants;
import dev.hardwire.calls.ArgumentTable;
import dev.hardwire.calls.ArgumentTable.Argument;
import dev.hardwire.calls.ArgumentType;
import dev.hardwire.filter.ConstantValue;
import dev.hardwire.policy.Comparison;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.Constant;
import dev.hardwire.policy.Operand;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.Position;
import dev.hardwire.text.NearestName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Resolves arguments and constants of conditions. */
final class ConditionResolver {
  private final Target architecture;
  private final int wordBits;
  private final List<PolicyWarning> warnings;

  /** Warnings that have been given: each is given once for a rule with many calls. */
  private final Set<PolicyWarning> given = new HashSet<>();

  ConditionResolver(Target architecture, List<PolicyWarning> warnings) {
    this.architecture = architecture;
    this.wordBits = architecture.wordBits();
    this.warnings = warnings;
  }

  private void warn(Position position, String message) {
    PolicyWarning warning = new PolicyWarning(position, message);
    if (given.add(warning)) {
      warnings.add(warning);
    }
  }

  /** Whether the arguments of a call are a structure in memory, which a filter cannot read. */
  boolean readsMemory(String call) {
    return ArgumentTable.of(architecture).isInMemory(call);
  }

  Expression resolve(Condition condition, String call) {
    if (condition instanceof Condition.All all) {
      return new Expression.All(all.parts().stream().map(p -> resolve(p, call)).toList());
    }
    if (condition instanceof Condition.Any any) {
      return new Expression.Any(any.parts().stream().map(p -> resolve(p, call)).toList());
    }
    if (condition instanceof Condition.Not not) {
      return new Expression.Not(resolve(not.part(), call));
    }
    if (condition instanceof Condition.Member member) {
      Read read = read(member.operand(), call);
      member.constants().forEach(c -> suits(c, read, call));
      List<Expression> parts = new ArrayList<>();
      for (Constant constant : member.constants()) {
        parts.add(test(read, Comparison.EQUAL, constant));
      }
      return new Expression.Any(parts);
    }
    Condition.Compare compare = (Condition.Compare) condition;
    Read read = read(compare.operand(), call);
    requireInRange(compare, read, call);
    compare.operand().mask().ifPresent(mask -> suits(mask, read, call));
    suits(compare.constant(), read, call);
    return test(read, compare.comparison(), compare.constant());
  }

  /**
   * Refuses an order that is not the one that the text says: a number that only another sign or
   * more bits give a meaning.
   */
  private void requireInRange(Condition.Compare compare, Read read, String call) {
    boolean ordered =
        compare.comparison() != Comparison.EQUAL && compare.comparison() != Comparison.NOT_EQUAL;
    Constant constant = compare.constant();
    if (!ordered || constant instanceof Constant.Complement) {
      return;
    }
    long value = ConstantValue.of(constant, architecture);
    boolean negative = value < 0 && !isUnsigned(constant);
    long largest = read.signed ? Expression.Test.allOnes(read.bits - 1) : -1;
    largest = !read.signed && read.bits < Long.SIZE ? Expression.Test.allOnes(read.bits) : largest;
    boolean fits =
        negative
            ? (read.signed || compare.operand().view().isPresent())
                && value >> (read.bits - 1) == -1
            : Long.compareUnsigned(value, largest) <= 0;
    if (!fits) {
      throw new PolicyException(
          constant.position(),
          "%s does not fit %s of %s, which has %d bits %s: %s to %s%s"
              .formatted(
                  constant,
                  compare.operand(),
                  call,
                  read.bits,
                  read.signed ? "with a sign" : "without a sign",
                  read.signed ? Long.toString(-largest - 1) : "0",
                  Long.toUnsignedString(largest),
                  remedy(negative, read, compare.operand())));
    }
  }

  private static boolean isUnsigned(Constant constant) {
    return constant instanceof Constant.Literal literal && !literal.negative();
  }

  private static String remedy(boolean negative, Read read, Operand operand) {
    if (operand.view().isPresent() || operand.mask().isPresent() || negative == read.signed) {
      return "";
    }
    String other = negative ? "i" + Math.max(read.bits, 32) : "unsigned";
    return "; write \"" + other + "(" + operand.argument() + ")\" to compare it otherwise";
  }

  /** Warns of a named constant that belongs to another argument. */
  private void suits(Constant constant, Read read, String call) {
    if (constant instanceof Constant.Complement complement) {
      suits(complement.part(), read, call);
    } else if (constant instanceof Constant.Union union) {
      union.parts().forEach(part -> suits(part, read, call));
    } else if (constant instanceof Constant.Symbol symbol) {
      List<Argument> list = ArgumentTable.of(architecture).arguments(call).orElse(List.of());
      String name = read.argument < list.size() ? list.get(read.argument).name() : "";
      List<String> prefixes = ArgumentConstants.prefixes(call, name).orElse(List.of(""));
      if (prefixes.stream().noneMatch(symbol.name()::startsWith)) {
        warn(
            symbol.position(),
            String.format(
                "%s is no constant of %s of %s; those begin with %s",
                symbol.name(), name, call, String.join(", ", prefixes)));
      }
    }
  }

  /** How a register is read; {@code signed} only if no mask removes the sign bit. */
  private record Read(int argument, int bits, boolean signed, long mask) {}

  private Read read(Operand operand, String call) {
    int index = index(operand, call);
    ArgumentType type = type(index, call);
    int bits = type.bits();
    boolean signed = type.signed();
    if (operand.view().isPresent() && operand.view().get() == Operand.View.UNSIGNED) {
      signed = false;
    } else if (operand.view().isPresent()) {
      Operand.View view = operand.view().get();
      bits = Math.min(wordBits, view == Operand.View.I32 || view == Operand.View.U32 ? 32 : 64);
      signed = view == Operand.View.I32 || view == Operand.View.I64;
      warnOfWidth(operand, type, bits, call);
    }
    long all = Expression.Test.allOnes(bits);
    if (operand.mask().isEmpty()) {
      return new Read(index, bits, signed, all);
    }
    Constant mask = operand.mask().get();
    long value = ConstantValue.of(mask, architecture);
    if (!fits(value, bits)) {
      warn(mask.position(), mask + " has bits that " + operand.argument() + " does not have");
    }
    return new Read(index, bits, false, value & all);
  }

  private void warnOfWidth(Operand operand, ArgumentType type, int bits, String call) {
    if (bits > type.bits()) {
      warn(
          operand.position(),
          String.format(
              "the kernel uses %d bits of %s of %s, %s compares %d: the other bits are not checked",
              type.bits(), operand.argument(), call, operand.view().orElseThrow(), bits));
    } else if (bits < type.bits() && !type.equals(ArgumentType.REGISTER)) {
      warn(
          operand.position(),
          String.format(
              "%s compares %d of the %d bits of %s of %s",
              operand.view().orElseThrow(), bits, type.bits(), operand.argument(), call));
    }
  }

  int index(Operand operand, String call) {
    String name = operand.argument();
    Optional<List<Argument>> known = ArgumentTable.of(architecture).arguments(call);
    if (name.matches("arg[0-5]")) {
      int index = name.charAt(3) - '0';
      known.ifPresent(list -> warnOfIndex(operand, index, list, call));
      return index;
    }
    List<String> names = new ArrayList<>();
    for (int i = 0; i < known.orElse(List.of()).size(); i++) {
      if (known.get().get(i).names().contains(name)) {
        return i;
      }
      names.addAll(known.get().get(i).names());
    }
    throw new PolicyException(
        operand.position(),
        String.format(
            "\"%s\" is not an argument of %s%s (it has: %s)",
            name,
            call,
            NearestName.hint(name, names),
            names.isEmpty() ? "none, or arg0 to arg5" : String.join(", ", names)));
  }

  private void warnOfIndex(Operand operand, int index, List<Argument> list, String call) {
    if (index >= list.size()) {
      warn(operand.position(), call + " has only " + list.size() + " arguments");
    } else if (list.stream().anyMatch(a -> a.name().equals("arg_" + index))) {
      warn(
          operand.position(),
          String.format(
              "%s counts from 0: it is the manual's %s of %s; write the name",
              operand.argument(), list.get(index).name().replace("_", ""), call));
    }
  }

  private ArgumentType type(int index, String call) {
    List<Argument> list = ArgumentTable.of(architecture).arguments(call).orElse(List.of());
    return index < list.size() ? list.get(index).type() : new ArgumentType(wordBits, false, false);
  }

  /** Whether a value fits in {@code bits} bits, sign-extended or zero-extended. */
  private static boolean fits(long value, int bits) {
    return bits == Long.SIZE || value >>> bits == 0 || value >> (bits - 1) == -1;
  }

  private Expression test(Read read, Comparison comparison, Constant constant) {
    long value = ConstantValue.of(constant, architecture);
    if (!fits(value, read.bits)) {
      warn(
          constant.position(),
          constant + " does not fit the " + read.bits + " bits of the argument");
      return new Expression.Constant(beyond(comparison, constant));
    }
    return new Expression.Test(
        read.argument,
        read.bits,
        read.signed,
        read.mask,
        comparison,
        value & Expression.Test.allOnes(read.bits));
  }

  /** The result of a comparison with a number that is larger, or smaller, than every argument. */
  private static boolean beyond(Comparison comparison, Constant constant) {
    boolean below = constant instanceof Constant.Literal literal && literal.negative();
    return switch (comparison) {
      case EQUAL -> false;
      case NOT_EQUAL -> true;
      case LESS, LESS_OR_EQUAL -> !below;
      case GREATER, GREATER_OR_EQUAL -> below;
    };
  }
}

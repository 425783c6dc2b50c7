package dev.hardwire.filter;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.ConstantTable;
import dev.hardwire.policy.Constant;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.text.NearestName;

/** Values of constants in policies. */
public final class ConstantValue {
  private ConstantValue() {}

  /**
   * The value of a constant, 64 bits in two's complement.
   *
   * @throws PolicyException for a name that is not known
   */
  public static long of(Constant constant, Target architecture) {
    if (constant instanceof Constant.Literal literal) {
      return literal.bits();
    } else if (constant instanceof Constant.Complement complement) {
      return ~of(complement.part(), architecture);
    } else if (constant instanceof Constant.Union union) {
      return union.parts().stream().mapToLong(p -> of(p, architecture)).reduce(0, (a, b) -> a | b);
    }
    Constant.Symbol symbol = (Constant.Symbol) constant;
    ConstantTable table = ConstantTable.of(architecture);
    return table
        .value(symbol.name())
        .orElseThrow(
            () ->
                new PolicyException(
                    symbol.position(),
                    "unknown constant \""
                        + symbol.name()
                        + "\""
                        + NearestName.hint(symbol.name(), table.names())));
  }
}

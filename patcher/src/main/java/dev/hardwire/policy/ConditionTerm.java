package dev.hardwire.policy;

import java.util.ArrayList;
import java.util.List;

/**
 * One side of a comparison while it is being read: a constant, or an argument with or without a
 * mask.
 */
final class ConditionTerm {
  final Position position;
  private final Constant constant;
  private final Operand operand;
  private final boolean parenthesized;

  private ConditionTerm(
      Position position, Constant constant, Operand operand, boolean parenthesized) {
    this.position = position;
    this.constant = constant;
    this.operand = operand;
    this.parenthesized = parenthesized;
  }

  static ConditionTerm of(Constant constant) {
    return new ConditionTerm(constant.position(), constant, null, false);
  }

  static ConditionTerm of(Operand operand) {
    return new ConditionTerm(operand.position(), null, operand, false);
  }

  ConditionTerm parenthesized() {
    return new ConditionTerm(position, constant, operand, true);
  }

  boolean isConstant() {
    return constant != null;
  }

  Constant constant() {
    return constant;
  }

  /** The argument, or an error that {@code where} needs one. */
  Operand operand(String where) {
    if (operand == null) {
      throw new PolicyException(position, where + " needs an argument, not only constants");
    }
    return operand;
  }

  /** The argument as the side of a comparison. */
  Operand comparedOperand() {
    Operand compared = operand("a comparison");
    if (compared.mask().isPresent() && !parenthesized) {
      throw new PolicyException(position, "write parentheses around the \"&\" of a comparison");
    }
    return compared;
  }

  ConditionTerm and(ConditionTerm other) {
    if (isConstant() && other.isConstant()) {
      throw new PolicyException(other.position, "\"&\" needs an argument on one side");
    }
    if (!isConstant() && !other.isConstant()) {
      throw new PolicyException(other.position, "\"&\" needs a constant on one side");
    }
    Operand argument = isConstant() ? other.operand : operand;
    Constant mask = isConstant() ? constant : other.constant;
    if (argument.mask().isPresent()) {
      throw new PolicyException(
          other.position, "one \"&\" for each argument; join the masks by \"|\"");
    }
    return new ConditionTerm(position, null, argument.withMask(mask), false);
  }

  ConditionTerm complement(Position at) {
    if (!isConstant()) {
      throw new PolicyException(at, "\"~\" needs a constant, not an argument");
    }
    return new ConditionTerm(at, new Constant.Complement(constant), null, false);
  }

  static ConditionTerm union(List<ConditionTerm> sides) {
    List<Constant> parts = new ArrayList<>();
    for (ConditionTerm side : sides) {
      if (!side.isConstant()) {
        throw new PolicyException(side.position, "\"|\" joins constants, not arguments");
      }
      if (side.constant instanceof Constant.Union union) {
        parts.addAll(union.parts());
      } else {
        parts.add(side.constant);
      }
    }
    return ConditionTerm.of(new Constant.Union(parts));
  }
}

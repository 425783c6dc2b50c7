package dev.hardwire.derive.link;

import static dev.hardwire.derive.decode.Instruction.R10;
import static dev.hardwire.derive.decode.Instruction.RDI;
import static dev.hardwire.derive.decode.Instruction.RDX;
import static dev.hardwire.derive.decode.Instruction.RSI;

import dev.hardwire.derive.flow.State;
import dev.hardwire.derive.flow.Value;

/**
 * The first four arguments of a system call, as values at one place of a function.
 *
 * @param first what rdi has
 * @param second what rsi has
 * @param third what rdx has
 * @param fourth what r10 has
 */
record Operands(Value first, Value second, Value third, Value fourth) {
  /** Nothing is known. */
  static final Operands UNKNOWN = new Operands(Value.ANY, Value.ANY, Value.ANY, Value.ANY);

  /** At the instruction that makes the call. */
  static Operands of(State state) {
    return new Operands(
        state.register(RDI), state.register(RSI), state.register(RDX), state.register(R10));
  }

  /** The same in a function that makes a call of the one that these belong to. */
  Operands in(Callers.Passing call) {
    return this.equals(UNKNOWN)
        ? UNKNOWN
        : new Operands(
            call.value(first), call.value(second), call.value(third), call.value(fourth));
  }

  /** One of them, counted from 0. */
  Value get(int index) {
    return switch (index) {
      case 0 -> first;
      case 1 -> second;
      case 2 -> third;
      default -> fourth;
    };
  }
}

package dev.hardwire.derive.link;

import static dev.hardwire.derive.decode.Instruction.RDI;
import static dev.hardwire.derive.decode.Instruction.RDX;
import static dev.hardwire.derive.decode.Instruction.RSI;

import dev.hardwire.derive.flow.State;
import dev.hardwire.derive.flow.Value;

/**
 * The first three arguments of a system call, as values at one place of a function.
 *
 * @param first what rdi has
 * @param second what rsi has
 * @param third what rdx has
 */
record Operands(Value first, Value second, Value third) {
  /** Nothing is known. */
  static final Operands UNKNOWN = new Operands(Value.ANY, Value.ANY, Value.ANY);

  /** At the instruction that makes the call. */
  static Operands of(State state) {
    return new Operands(state.register(RDI), state.register(RSI), state.register(RDX));
  }

  /** The same in a function that makes a call of the one that these belong to. */
  Operands in(Callers.Passing call) {
    return this.equals(UNKNOWN)
        ? UNKNOWN
        : new Operands(call.value(first), call.value(second), call.value(third));
  }

  /** One of them, counted from 0. */
  Value get(int index) {
    return index == 0 ? first : index == 1 ? second : third;
  }
}

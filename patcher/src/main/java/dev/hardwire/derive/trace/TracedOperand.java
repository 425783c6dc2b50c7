package dev.hardwire.derive.trace;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.flow.Word;
import dev.hardwire.derive.flow.Word.Kind;

/** The memory operand of an instruction in a state that is traced. */
final class TracedOperand {
  private final ConstantWords constants;
  private final Instruction now;

  /**
   * An operand.
   *
   * @param now the instruction that is looked at
   */
  TracedOperand(ConstantWords constants, Instruction now) {
    this.constants = constants;
    this.now = now;
  }

  /** The objects that registers of the memory operand lead to. */
  void expose(TracedState state) {
    if (now.base() >= 0) {
      state.exposeFrame(state.register(now.base()));
    }
    if (now.index() >= 0) {
      state.exposeFrame(state.register(now.index()));
    }
  }

  Word address(TracedState state) {
    if (now.isThreadLocal() || now.isCompressed()) {
      return Word.UNKNOWN;
    }
    if (now.isRipRelative()) {
      return constants.address(state.file(), now.displacement());
    }
    Word index = Word.number(0);
    if (now.index() >= 0) {
      Word word = state.register(now.index());
      boolean scaled = word.is(Kind.NUMBER) && now.scale() > 0;
      index = scaled ? Word.number(word.number() << now.scale()) : word;
      index = !word.is(Kind.NUMBER) && now.scale() > 0 ? Word.UNKNOWN : index;
    }
    Word base = now.base() < 0 ? Word.number(0) : state.register(now.base());
    return base.plus(index).plus(now.displacement());
  }

  /** As much of a word as the instruction takes: the lower half of an address is not followed. */
  Word sized(Word word, TracedState state) {
    if (now.size() < Long.BYTES) {
      state.exposeFrame(word);
    }
    return word.low(now.size());
  }

  Word load(int size, TracedState state) {
    Word address = address(state);
    if (address.is(Kind.STACK)) {
      return state.load(address.number(), size);
    }
    if (address.is(Kind.UNKNOWN)) {
      expose(state); // it may be an element of an array of pointers
      return Word.UNKNOWN;
    }
    return constants.word(address, size);
  }
}

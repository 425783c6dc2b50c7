package dev.hardwire.derive.flow;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.flow.Atom.Base;

/** Records which values are used in ways that are not followed. */
final class Escapes {
  /** Vector instructions read and write up to here, in bytes. */
  private static final int WIDEST = 64;

  private final Facts facts;
  private final Operand operand;

  /**
   * A recorder.
   *
   * @param facts null if nothing is recorded yet
   */
  Escapes(Facts facts, Operand operand) {
    this.facts = facts;
    this.operand = operand;
  }

  void value(Value value) {
    if (facts != null) {
      facts.escapes(value);
    }
  }

  /** A number is added: to the address of a function, perhaps to be taken off elsewhere. */
  void moved(Value value) {
    for (Atom atom : value.atoms()) {
      if (facts != null && atom.is(Base.ADDRESS) && operand.isCode(atom.offset())) {
        facts.escapes(atom);
      }
    }
  }

  /** Registers that address memory in a way that is not followed. */
  void used(Instruction now, State state) {
    if (facts == null || !now.hasMemory()) {
      return;
    }
    Value base = now.base() < 0 ? Value.ANY : state.registers[now.base()];
    if (now.index() >= 0) {
      facts.escapes(state.registers[now.index()]);
    }
    if (now.index() >= 0 || now.isVector() || base.isAny()) {
      facts.escapes(base);
      for (Atom atom : base.atoms()) { // it may have what any of the slots has
        if (atom.is(Base.STACK)) {
          long first = now.index() >= 0 ? Math.min(0, now.displacement()) : now.displacement();
          facts.escapes(state.above(atom.plus(first)));
        }
      }
    }
  }

  /** An instruction that is not understood uses all registers that it names. */
  void operands(Instruction now, State state) {
    if (facts == null) {
      return;
    }
    if (now.reg() >= 0 && !now.isVector()) {
      facts.escapes(state.registers[now.reg()]);
    }
    if (now.rm() >= 0) { // in some vector instructions it is a general register
      facts.escapes(state.registers[now.rm()]);
    }
    if (now.storesMemory() && !now.hasMemory()) { // stos
      facts.escapes(state.registers[Instruction.RAX]);
    }
    used(now, state);
    if (now.hasMemory() && now.isRipRelative()) {
      facts.escapes(now.displacement(), now.isVector() ? WIDEST : Long.BYTES);
    } else if (now.hasMemory() && now.base() >= 0) {
      facts.escapes(operand.load(now, state, facts));
    }
  }
}

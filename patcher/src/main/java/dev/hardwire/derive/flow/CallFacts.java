package dev.hardwire.derive.flow;

import static dev.hardwire.derive.decode.Instruction.RAX;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;
import dev.hardwire.derive.flow.Atom.Base;
import dev.hardwire.derive.module.Module;

/** Records what a function calls, and with which arguments. */
final class CallFacts {
  /** The registers that may hold arguments, and rax, in which some conventions have one. */
  private static final int ARGUMENTS = 0x03c7;

  /** Arguments on the stack are looked at up to here, in bytes. */
  private static final int DEEPEST = 64;

  private final Module module;
  private final Facts facts;

  CallFacts(Module module, Facts facts) {
    this.module = module;
    this.facts = facts;
  }

  /**
   * Records where a call or a jump to another function leads.
   *
   * @param target of an indirect one
   */
  void target(long at, Instruction now, Value target, State state, boolean jump) {
    if (now.kind() != Kind.CALL_INDIRECT && now.kind() != Kind.JUMP_INDIRECT) {
      long slot = module.image().thunk(now.target());
      facts.add(
          new Facts.Call(
              at, slot != 0, slot != 0 ? slot : now.target(), state.arguments(DEEPEST), jump));
      return;
    }
    boolean known = !target.isAny();
    for (Atom atom : target.atoms()) {
      if (atom.is(Base.LOADED) && atom.offset() == 0) {
        facts.add(new Facts.Call(at, true, atom.key(), state.arguments(DEEPEST), jump));
      } else if (atom.is(Base.ADDRESS)) {
        facts.add(new Facts.Call(at, false, atom.offset(), state.arguments(DEEPEST), jump));
      } else {
        known = false;
      }
    }
    facts.escapes(target.isAny() ? target : Value.ANY);
    if (!known) {
      facts.addUnknownCall(state.arguments(DEEPEST));
    }
  }

  /** Arguments of a call: of one whose target is known it is known what that does with them. */
  void pass(Instruction now, State state) {
    boolean direct = now.kind() != Kind.CALL_INDIRECT && now.kind() != Kind.JUMP_INDIRECT;
    long slot = direct ? module.image().thunk(now.target()) : now.displacement();
    boolean known = direct || now.isRipRelative();
    for (int i = 0; i < state.registers.length; i++) {
      if ((ARGUMENTS >> i & 1) == 0) {
        continue;
      }
      if (known && i != RAX) {
        if (state.registers[i].isAll()) {
          facts.escapeEverything();
        }
        for (Atom atom : state.registers[i].mentioned()) {
          if (atom.is(Base.ADDRESS) || atom.is(Base.ARGUMENT)) {
            facts.add(new Facts.Passed(atom, i, slot != 0, slot != 0 ? slot : now.target()));
          } else {
            facts.escapes(atom);
          }
        }
      } else {
        facts.escapes(state.registers[i]);
      }
    }
    for (long offset = Long.BYTES; offset <= DEEPEST; offset += Long.BYTES) {
      facts.escapes(state.stackArgument(offset));
    }
  }
}

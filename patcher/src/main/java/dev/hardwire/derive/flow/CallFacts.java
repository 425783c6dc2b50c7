package dev.hardwire.derive.flow;

import dev.hardwire.derive.decode.Decoder;
import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;
import dev.hardwire.derive.flow.Atom.Base;
import dev.hardwire.derive.module.Module;

/** Records what a function calls, and with which arguments. */
final class CallFacts {
  /** The registers that may hold arguments, and rax, r10 and r11, which some conventions use. */
  private static final int ARGUMENTS = Instruction.CALLER_SAVED;

  /** Those of them that hold arguments of C. */
  private static final int USUAL = 0x03c6;

  /** The code that jumps to an address in a register is not longer, in bytes. */
  private static final int LONGEST_THUNK = 40;

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
        long slot = module.image().thunk(atom.offset()); // of an entry of the PLT
        facts.add(
            new Facts.Call(
                at, slot != 0, slot != 0 ? slot : atom.offset(), state.arguments(DEEPEST), jump));
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
        if (direct && state.registers[i].mentioned().length > 0 && jumpsTo(now.target(), i)) {
          facts.escapes(state.registers[i]);
        }
        continue;
      }
      boolean usual = (USUAL >> i & 1) != 0;
      if (!direct && !usual && !now.hasMemory() && now.rm() == i) {
        continue; // only the function's own address
      }
      if (known && usual) {
        if (state.registers[i].isAll()) {
          facts.escapeEverything();
        }
        for (Atom atom : state.registers[i].mentioned()) {
          boolean entry = atom.is(Base.ADDRESS) && module.image().thunk(atom.offset()) != 0;
          if (!entry && (atom.is(Base.ADDRESS) || atom.is(Base.ARGUMENT))) {
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

  /**
   * Whether a function goes on at the address in a register, as those that compilers call instead
   * of jumping there do (retpolines): they put it in the place of their return address.
   */
  private boolean jumpsTo(long function, int register) {
    int rest = module.image().hasBytes(function, 1) ? module.image().rest(function) : 0;
    int offset = module.image().offset(function);
    int limit = offset + Math.min(rest, LONGEST_THUNK);
    Decoder decoder = new Decoder(module.image().bytes());
    Instruction now = new Instruction();
    for (int at = offset; at >= 0 && at < limit; at += now.length()) {
      decoder.decode(at, limit, function + at - offset, now);
      boolean replaces =
          now.kind() == Kind.STORE
              && now.reg() == register
              && now.base() == Instruction.RSP
              && now.displacement() == 0;
      boolean jumps = now.kind() == Kind.JUMP_INDIRECT && !now.hasMemory() && now.rm() == register;
      if (replaces || jumps) {
        return true;
      }
      if (now.kind() == Kind.RETURN) {
        return false;
      }
    }
    return false;
  }
}

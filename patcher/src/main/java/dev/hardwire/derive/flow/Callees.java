package dev.hardwire.derive.flow;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;
import dev.hardwire.derive.module.Module;

/** What is known about the functions that one calls. */
public interface Callees {
  /** Whether a function may return to its caller. */
  boolean returns(Module module, boolean throughSlot, long target);

  /** Whether a function may return to its caller more than once. */
  boolean returnsTwice(Module module, boolean throughSlot, long target);

  /** Whether a function that may return more than once may be called through a pointer. */
  boolean pointersReturnTwice();

  /** Whether an instruction is a call that does not come back. */
  default boolean isLast(Module module, Instruction now) {
    if (now.kind() == Kind.CALL) {
      return !returns(module, false, now.target());
    }
    return isThroughSlot(now) && !returns(module, true, now.displacement());
  }

  /** Whether an instruction is a call that may come back more than once. */
  default boolean returnsTwice(Module module, Instruction now) {
    if (now.kind() == Kind.CALL) {
      return returnsTwice(module, false, now.target());
    }
    if (isThroughSlot(now) && returnsTwice(module, true, now.displacement())) {
      return true;
    }
    return now.kind() == Kind.CALL_INDIRECT && pointersReturnTwice();
  }

  private static boolean isThroughSlot(Instruction now) {
    return now.kind() == Kind.CALL_INDIRECT && now.isRipRelative();
  }
}

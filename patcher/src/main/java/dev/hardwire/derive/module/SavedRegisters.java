package dev.hardwire.derive.module;

import static dev.hardwire.derive.decode.Instruction.RBX;
import static dev.hardwire.derive.decode.Instruction.RDI;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;

/**
 * Recognises code that keeps the registers of its caller where its first argument points to, as
 * setjmp(3) and getcontext(3) do.
 */
final class SavedRegisters {
  /** Registers that functions keep (x86-64 psABI, 3.2.1), but rbp, which glibc changes first. */
  private static final int KEPT = 1 << RBX | 0xf000;

  private int stored;

  void clear() {
    stored = 0;
  }

  /** Whether the instruction is the last one that such code needs. */
  boolean isSaved(Instruction now) {
    boolean saves =
        now.kind() == Kind.STORE
            && now.size() == Long.BYTES
            && now.base() == RDI
            && now.index() < 0
            && now.reg() >= 0
            && (KEPT >> now.reg() & 1) != 0;
    if (!saves) {
      return false;
    }
    stored |= 1 << now.reg();
    return stored == KEPT;
  }
}

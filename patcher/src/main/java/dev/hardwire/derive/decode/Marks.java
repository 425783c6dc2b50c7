package dev.hardwire.derive.decode;

/** Notes the effects of an instruction on it. Each method returns true. */
final class Marks {
  private Marks() {}

  static boolean kind(Kind kind, Instruction into) {
    into.kind = kind;
    return true;
  }

  static boolean writesRm(Instruction into) {
    if (into.memory) {
      into.storesMemory = true;
    } else if (into.rm >= 0) {
      into.writes |= 1 << into.rm;
    }
    return true;
  }

  static boolean writesReg(Instruction into) {
    into.writes |= 1 << into.reg;
    return true;
  }

  static boolean writes(int mask, Instruction into) {
    into.writes |= mask;
    return true;
  }

  /** Pushes or pops; with a prefix for two bytes, the stack pointer is not followed. */
  static boolean stack(Kind kind, Instruction into) {
    if (into.size == 2) {
      boolean pops = kind == Kind.POP;
      into.storesMemory |= !pops;
      return writes(1 << Instruction.RSP | (pops ? 1 << into.reg : 0), into);
    }
    return kind(kind, into);
  }

  /** Pops what is not kept. */
  static boolean popped(Instruction into) {
    into.immediate = into.size == 2 ? 2 : Long.BYTES;
    into.reg = Instruction.RSP;
    into.size = Long.BYTES;
    return kind(Kind.ADD_IMMEDIATE, into);
  }

  /** Operands of one byte: the register may be ah to bh, part of another. */
  static boolean bytes(Instruction into, int rex) {
    into.size = 1;
    if (rex == 0) {
      into.reg &= into.reg >= 4 ? 3 : ~0;
      into.rm &= into.rm >= 4 ? 3 : ~0;
    }
    return true;
  }
}

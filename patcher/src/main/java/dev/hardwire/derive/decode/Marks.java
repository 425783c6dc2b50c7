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

package dev.hardwire.derive.decode;

import static dev.hardwire.derive.decode.Instruction.RAX;
import static dev.hardwire.derive.decode.Instruction.RBP;
import static dev.hardwire.derive.decode.Instruction.RCX;
import static dev.hardwire.derive.decode.Instruction.RDI;
import static dev.hardwire.derive.decode.Instruction.RDX;
import static dev.hardwire.derive.decode.Instruction.RSI;
import static dev.hardwire.derive.decode.Instruction.RSP;
import static dev.hardwire.derive.decode.Marks.bytes;
import static dev.hardwire.derive.decode.Marks.kind;
import static dev.hardwire.derive.decode.Marks.popped;
import static dev.hardwire.derive.decode.Marks.stack;
import static dev.hardwire.derive.decode.Marks.writes;
import static dev.hardwire.derive.decode.Marks.writesReg;
import static dev.hardwire.derive.decode.Marks.writesRm;

/**
 * What opcodes of one byte do to registers and to the flow of control. What is not understood
 * writes every general register that it may write.
 */
final class Effects {
  private static final int STRINGS = 1 << RDI | 1 << RSI | 1 << RCX | 1 << RAX;

  private Effects() {}

  static boolean one(int opcode, int rex, Instruction into) {
    int low = opcode & 7;
    if (opcode < 0x40) {
      return arithmetic(opcode, rex, into);
    }
    switch (opcode >> 3) {
      case 0x50 >> 3 -> {
        into.reg = low | ((rex & 1) << 3);
        return stack(Kind.PUSH, into);
      }
      case 0x58 >> 3 -> {
        into.reg = low | ((rex & 1) << 3);
        return stack(Kind.POP, into);
      }
      case 0x70 >> 3, 0x78 >> 3 -> {
        return kind(Kind.BRANCH, into);
      }
      case 0xb0 >> 3 -> {
        boolean high = rex == 0 && low >= 4; // ah to bh
        into.reg = high ? low & 3 : low | ((rex & 1) << 3);
        into.size = 1;
        return (high || kind(Kind.MOVE_BYTE, into)) && writes(1 << into.reg, into);
      }
      case 0xb8 >> 3 -> {
        into.reg = low | ((rex & 1) << 3);
        return kind(into.size == 2 ? Kind.OTHER : Kind.MOVE_IMMEDIATE, into)
            && writes(1 << into.reg, into);
      }
      case 0xd8 >> 3 -> {
        into.vector = true;
        into.storesMemory = into.memory;
        return writes(1 << RAX, into);
      }
      default -> {
        return more(opcode, rex, into);
      }
    }
  }

  private static boolean arithmetic(int opcode, int rex, Instruction into) {
    int operation = opcode >> 3;
    int form = opcode & 7;
    if ((form & 1) == 0) {
      bytes(into, rex);
    }
    if (form >= 4) {
      into.reg = RAX;
      return operation == 7 || immediateArithmetic(operation, into);
    }
    if (operation == 7) { // cmp
      return true;
    }
    if ((operation == 6 || operation == 5)
        && !into.memory
        && into.reg == into.rm
        && into.size >= 4) {
      return kind(Kind.ZERO, into) && writesReg(into);
    }
    if (operation == 0 && !into.memory && into.size == 8) {
      if (form == 1) {
        int source = into.reg;
        into.reg = into.rm;
        into.rm = source;
      }
      return kind(Kind.ADD, into) && writesReg(into);
    }
    return form < 2 ? writesRm(into) : writesReg(into);
  }

  /** An operation of group 1 with an immediate on a register, which is {@code reg}. */
  private static boolean immediateArithmetic(int operation, Instruction into) {
    into.writes |= 1 << into.reg;
    if (into.size < 4) {
      return true;
    }
    switch (operation) {
      case 0 -> into.kind = Kind.ADD_IMMEDIATE;
      case 1 -> into.kind = Kind.OR_IMMEDIATE;
      case 4 -> into.kind = Kind.AND_IMMEDIATE;
      case 5 -> {
        into.kind = Kind.ADD_IMMEDIATE;
        into.immediate = -into.immediate;
      }
      default -> {
        // writes the register
      }
    }
    return true;
  }

  private static boolean group1(Instruction into) {
    int operation = into.reg & 7;
    into.reg = into.rm;
    if (operation == 7) {
      return true;
    }
    if (into.memory) {
      into.storesMemory = true;
      return true;
    }
    into.rm = Instruction.NONE;
    return immediateArithmetic(operation, into);
  }

  private static boolean move(Kind memory, boolean toReg, Instruction into) {
    if (into.memory) {
      into.storesMemory = !toReg;
      if (toReg) {
        into.writes |= 1 << into.reg;
      }
      return kind(into.size < 4 && toReg ? Kind.MOVE_PART : memory, into);
    }
    if (!toReg) {
      int source = into.reg;
      into.reg = into.rm;
      into.rm = source;
    }
    into.writes |= 1 << into.reg;
    return kind(into.size < 4 ? Kind.MOVE_PART : Kind.MOVE, into);
  }

  private static boolean more(int opcode, int rex, Instruction into) {
    switch (opcode) {
      case 0x63 -> {
        writesReg(into);
        return into.size != 8 || kind(Kind.SIGN_EXTEND, into);
      }
      case 0x68, 0x6a -> {
        return stack(Kind.PUSH_IMMEDIATE, into);
      }
      case 0x69, 0x6b -> {
        return writesReg(into);
      }
      case 0x80 -> {
        return bytes(into, rex) && group1(into);
      }
      case 0x81, 0x83 -> {
        return group1(into);
      }
      case 0x86, 0x87 -> {
        return (opcode == 0x87 || bytes(into, rex)) && writesRm(into) && writesReg(into);
      }
      case 0x88, 0x89 -> {
        return (opcode == 0x89 || bytes(into, rex)) && move(Kind.STORE, false, into);
      }
      case 0x8a, 0x8b -> {
        return (opcode == 0x8b || bytes(into, rex)) && move(Kind.LOAD, true, into);
      }
      case 0x8c -> {
        return writesRm(into);
      }
      case 0x8d -> {
        return into.memory && writesReg(into) && (into.size < 4 || kind(Kind.LEA, into));
      }
      case 0x8f -> {
        into.reg = into.rm;
        return into.memory ? writesRm(into) && writes(1 << RSP, into) : stack(Kind.POP, into);
      }
      case 0x90, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97 -> {
        int other = (opcode & 7) | ((rex & 1) << 3);
        if (other != RAX) {
          into.reg = RAX;
          into.rm = other;
          writes(1 << RAX | 1 << other, into);
        }
        return true;
      }
      case 0x98 -> { // cltq has operands of its own
        into.reg = RAX;
        into.rm = RAX;
        return writes(1 << RAX, into) && (into.size != 8 || kind(Kind.SIGN_EXTEND, into));
      }
      case 0x9f, 0xa0, 0xa1, 0xd7 -> {
        return writes(1 << RAX, into);
      }
      case 0x99 -> {
        return writes(1 << RDX, into);
      }
      case 0x9c -> {
        return stack(Kind.PUSH, into);
      }
      case 0x9d -> {
        return popped(into);
      }
      case 0x6c, 0x6d, 0x6e, 0x6f, 0xa4, 0xa5, 0xa6, 0xa7, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf -> {
        into.storesMemory = true;
        return writes(STRINGS, into);
      }
      case 0xc2, 0xc3, 0xca, 0xcb, 0xcf -> {
        return kind(Kind.RETURN, into);
      }
      case 0xcc, 0xf1, 0xf4 -> {
        return kind(Kind.STOP, into);
      }
      case 0xcd -> {
        return kind((into.immediate & 0xff) == 0x80 ? Kind.I386_CALL : Kind.OTHER, into);
      }
      case 0xc8 -> {
        into.storesMemory = true;
        return writes(1 << RSP | 1 << RBP, into);
      }
      case 0xc9 -> {
        return into.size == 2 ? writes(1 << RSP | 1 << RBP, into) : kind(Kind.LEAVE, into);
      }
      case 0xe4, 0xe5, 0xec, 0xed -> {
        return writes(1 << RAX, into);
      }
      case 0xe0, 0xe1, 0xe2, 0xe3 -> {
        return kind(Kind.BRANCH, into) && writes(1 << RCX, into);
      }
      case 0xe8 -> {
        return kind(Kind.CALL, into);
      }
      case 0xe9, 0xeb -> {
        return kind(Kind.JUMP, into);
      }
      default -> {
        return groups(opcode, rex, into);
      }
    }
  }

  private static boolean groups(int opcode, int rex, Instruction into) {
    switch (opcode) {
      case 0xc0, 0xc1, 0xd0, 0xd1, 0xd2, 0xd3 -> {
        boolean shifted = ((opcode & 1) != 0 || bytes(into, rex)) && writesRm(into);
        return namesNone(into) && shifted;
      }
      case 0xc6, 0xc7 -> {
        if ((into.reg & 7) == 7 && !into.memory) { // xbegin, xabort
          writes(1 << RAX, into);
          return opcode == 0xc6 || kind(Kind.BRANCH, into);
        }
        if (opcode == 0xc6) {
          bytes(into, rex);
        }
        into.reg = into.rm;
        writesRm(into);
        if (into.memory) {
          return kind(Kind.STORE_IMMEDIATE, into);
        }
        return into.size < 4 || kind(Kind.MOVE_IMMEDIATE, into);
      }
      case 0xf6, 0xf7 -> {
        int operation = into.reg & 7;
        namesNone(into);
        if (operation < 2) {
          return true;
        }
        return operation < 4
            ? (opcode == 0xf7 || bytes(into, rex)) && writesRm(into)
            : writes(1 << RAX | 1 << RDX, into);
      }
      case 0xfe -> {
        return bytes(into, rex) && writesRm(into) && namesNone(into);
      }
      case 0xff -> {
        return group5(into);
      }
      default -> {
        return true;
      }
    }
  }

  /** The middle field of ModRM chooses the operation: it names no register. */
  private static boolean namesNone(Instruction into) {
    into.reg = Instruction.NONE;
    return true;
  }

  private static boolean group5(Instruction into) {
    int operation = into.reg & 7;
    into.reg = into.rm;
    if (operation == 2 || operation == 4 || (operation == 6 && into.size == 4)) {
      into.size = 8; // of what is called, jumped to or pushed, without a prefix
    }
    return switch (operation) {
      case 0, 1 -> writesRm(into);
      case 2, 3 -> kind(Kind.CALL_INDIRECT, into);
      case 4, 5 -> kind(Kind.JUMP_INDIRECT, into);
      case 6 -> {
        into.reg = into.memory ? Instruction.NONE : into.rm;
        yield stack(Kind.PUSH, into);
      }
      default -> false;
    };
  }
}

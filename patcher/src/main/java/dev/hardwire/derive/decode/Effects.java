package dev.hardwire.derive.decode;

import static dev.hardwire.derive.decode.Instruction.NONE;
import static dev.hardwire.derive.decode.Instruction.RAX;
import static dev.hardwire.derive.decode.Instruction.RBP;
import static dev.hardwire.derive.decode.Instruction.RCX;
import static dev.hardwire.derive.decode.Instruction.RDI;
import static dev.hardwire.derive.decode.Instruction.RDX;
import static dev.hardwire.derive.decode.Instruction.RSI;
import static dev.hardwire.derive.decode.Instruction.RSP;

/**
 * What opcodes of one byte do to registers and to the flow of control. What is not understood
 * writes every general register that it may write.
 */
final class Effects {
  static final int STRINGS = 1 << RDI | 1 << RSI | 1 << RCX | 1 << RAX;

  private Effects() {}

  static boolean one(int opcode, Instruction into) {
    int low = opcode & 7;
    int register = low | ((into.rex & 1) << 3);
    if (opcode < 0x40) {
      return arithmetic(opcode, into);
    }
    return switch (opcode >> 3) {
      case 0x50 >> 3 -> into.names(register) && into.stack(Kind.PUSH);
      case 0x58 >> 3 -> into.names(register) && into.stack(Kind.POP);
      case 0x70 >> 3, 0x78 >> 3 -> into.kind(Kind.BRANCH);
      case 0xb0 >> 3 -> {
        boolean high = into.rex == 0 && low >= 4; // ah to bh
        into.size = 1;
        yield into.names(high ? low & 3 : register)
            && (high || into.kind(Kind.MOVE_BYTE))
            && into.writesReg();
      }
      case 0xb8 >> 3 ->
          into.names(register)
              && into.kind(into.size == 2 ? Kind.OTHER : Kind.MOVE_IMMEDIATE)
              && into.writesReg();
      case 0xd8 >> 3 -> {
        into.vector = true;
        into.storesMemory = into.memory;
        yield into.writes(1 << RAX);
      }
      default -> more(opcode, into);
    };
  }

  private static boolean arithmetic(int opcode, Instruction into) {
    int operation = opcode >> 3;
    int form = opcode & 7;
    if ((form & 1) == 0) {
      into.bytes();
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
      return into.kind(Kind.ZERO) && into.writesReg();
    }
    if (operation == 0 && !into.memory && into.size == 8) {
      return (form != 1 || into.exchanges()) && into.kind(Kind.ADD) && into.writesReg();
    }
    return form < 2 ? into.writesRm() : into.writesReg();
  }

  /** An operation of group 1 with an immediate on a register, which is {@code reg}. */
  private static boolean immediateArithmetic(int operation, Instruction into) {
    into.writes |= 1 << into.reg;
    if (into.size < 4) {
      return true;
    }
    return switch (operation) {
      case 0 -> into.kind(Kind.ADD_IMMEDIATE);
      case 1 -> into.kind(Kind.OR_IMMEDIATE);
      case 4 -> into.kind(Kind.AND_IMMEDIATE);
      case 5 -> {
        into.immediate = -into.immediate;
        yield into.kind(Kind.ADD_IMMEDIATE);
      }
      default -> true; // writes the register
    };
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
    into.rm = NONE;
    return immediateArithmetic(operation, into);
  }

  private static boolean move(Kind memory, boolean toReg, Instruction into) {
    if (into.memory) {
      into.storesMemory = !toReg;
      return toReg
          ? into.writesReg() && into.kind(into.size < 4 ? Kind.MOVE_PART : memory)
          : into.kind(memory);
    }
    return (toReg || into.exchanges())
        && into.writesReg()
        && into.kind(into.size < 4 ? Kind.MOVE_PART : Kind.MOVE);
  }

  private static boolean more(int opcode, Instruction into) {
    return switch (opcode) {
      case 0x63 -> into.writesReg() && (into.size != 8 || into.kind(Kind.SIGN_EXTEND));
      case 0x68, 0x6a -> into.stack(Kind.PUSH_IMMEDIATE);
      case 0x69, 0x6b -> into.writesReg();
      case 0x80 -> into.bytes() && group1(into);
      case 0x81, 0x83 -> group1(into);
      case 0x86, 0x87 -> (opcode == 0x87 || into.bytes()) && into.writesRm() && into.writesReg();
      case 0x88, 0x89 -> (opcode == 0x89 || into.bytes()) && move(Kind.STORE, false, into);
      case 0x8a, 0x8b -> (opcode == 0x8b || into.bytes()) && move(Kind.LOAD, true, into);
      case 0x8c -> into.writesRm();
      case 0x8d -> into.memory && into.writesReg() && (into.size < 4 || into.kind(Kind.LEA));
      case 0x8f -> {
        into.reg = into.rm;
        yield into.memory ? into.writesRm() && into.writes(1 << RSP) : into.stack(Kind.POP);
      }
      case 0x90, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97 -> {
        int other = (opcode & 7) | ((into.rex & 1) << 3);
        if (other != RAX) {
          into.reg = RAX;
          into.rm = other;
          into.writes(1 << RAX | 1 << other);
        }
        yield true;
      }
      case 0x98 -> { // cltq has operands of its own
        into.reg = RAX;
        into.rm = RAX;
        yield into.writesReg() && (into.size != 8 || into.kind(Kind.SIGN_EXTEND));
      }
      case 0x9f, 0xa0, 0xa1, 0xd7, 0xe4, 0xe5, 0xec, 0xed -> into.writes(1 << RAX);
      case 0x99 -> into.writes(1 << RDX);
      case 0x9c -> into.stack(Kind.PUSH);
      case 0x9d -> into.popped();
      case 0x6c, 0x6d, 0x6e, 0x6f, 0xa4, 0xa5, 0xa6, 0xa7, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf -> {
        into.storesMemory = true;
        yield into.writes(STRINGS);
      }
      case 0xc2, 0xc3, 0xca, 0xcb, 0xcf -> into.kind(Kind.RETURN);
      case 0xcc, 0xf1, 0xf4 -> into.kind(Kind.STOP);
      case 0xcd -> into.kind((into.immediate & 0xff) == 0x80 ? Kind.I386_CALL : Kind.OTHER);
      case 0xc8 -> {
        into.storesMemory = true;
        yield into.writes(1 << RSP | 1 << RBP);
      }
      case 0xc9 -> into.size == 2 ? into.writes(1 << RSP | 1 << RBP) : into.kind(Kind.LEAVE);
      case 0xe0, 0xe1, 0xe2, 0xe3 -> into.kind(Kind.BRANCH) && into.writes(1 << RCX);
      case 0xe8 -> into.kind(Kind.CALL);
      case 0xe9, 0xeb -> into.kind(Kind.JUMP);
      default -> groups(opcode, into);
    };
  }

  private static boolean groups(int opcode, Instruction into) {
    int operation = into.reg & 7;
    return switch (opcode) {
      case 0xc0, 0xc1, 0xd0, 0xd1, 0xd2, 0xd3 ->
          ((opcode & 1) != 0 || into.bytes()) && into.writesRm() && into.names(NONE);
      case 0xc6, 0xc7 -> {
        if (operation == 7 && !into.memory) { // xbegin, xabort
          yield into.writes(1 << RAX) && (opcode == 0xc6 || into.kind(Kind.BRANCH));
        }
        if (opcode == 0xc6) {
          into.bytes();
        }
        into.reg = into.rm;
        into.writesRm();
        yield into.memory
            ? into.kind(Kind.STORE_IMMEDIATE)
            : into.size < 4 || into.kind(Kind.MOVE_IMMEDIATE);
      }
      case 0xf6, 0xf7 -> {
        into.names(NONE);
        if (operation < 2) {
          yield true;
        }
        yield operation < 4
            ? (opcode == 0xf7 || into.bytes()) && into.writesRm()
            : into.writes(1 << RAX | 1 << RDX);
      }
      case 0xfe -> into.bytes() && into.writesRm() && into.names(NONE);
      case 0xff -> group5(operation, into);
      default -> true;
    };
  }

  private static boolean group5(int operation, Instruction into) {
    into.reg = into.rm;
    if (operation == 2 || operation == 4 || (operation == 6 && into.size == 4)) {
      into.size = 8; // of what is called, jumped to or pushed, without a prefix
    }
    return switch (operation) {
      case 0, 1 -> into.writesRm();
      case 2, 3 -> into.kind(Kind.CALL_INDIRECT);
      case 4, 5 -> into.kind(Kind.JUMP_INDIRECT);
      case 6 -> {
        into.reg = into.memory ? NONE : into.rm;
        yield into.stack(Kind.PUSH);
      }
      default -> false;
    };
  }
}

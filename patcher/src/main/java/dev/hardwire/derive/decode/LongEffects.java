package dev.hardwire.derive.decode;

import static dev.hardwire.derive.decode.Instruction.RAX;
import static dev.hardwire.derive.decode.Instruction.RBX;
import static dev.hardwire.derive.decode.Instruction.RCX;
import static dev.hardwire.derive.decode.Instruction.RDI;
import static dev.hardwire.derive.decode.Instruction.RDX;
import static dev.hardwire.derive.decode.Instruction.RSI;
import static dev.hardwire.derive.decode.Marks.bytes;
import static dev.hardwire.derive.decode.Marks.kind;
import static dev.hardwire.derive.decode.Marks.popped;
import static dev.hardwire.derive.decode.Marks.stack;
import static dev.hardwire.derive.decode.Marks.writes;
import static dev.hardwire.derive.decode.Marks.writesReg;
import static dev.hardwire.derive.decode.Marks.writesRm;

/** What opcodes of two and three bytes do, and those with vector prefixes. */
final class LongEffects {
  private static final int STRINGS = 1 << RDI | 1 << RSI | 1 << RCX | 1 << RAX;

  /** maskmovq and maskmovdqu, which write where rdi leads. */
  private static final int MASKED = 0xf7;

  private LongEffects() {}

  static boolean two(int opcode, int repeat, int rex, Instruction into) {
    int row = opcode >> 4;
    if (row == 4) {
      return writesReg(into) && (into.memory || into.size < 4 || kind(Kind.CONDITIONAL_MOVE, into));
    }
    if (row == 8) {
      return kind(Kind.BRANCH, into);
    }
    if (row == 9) {
      boolean low = !into.memory && (rex != 0 || into.rm < 4);
      into.reg = Instruction.NONE;
      bytes(into, rex);
      if (low) {
        into.reg = into.rm;
        into.rm = Instruction.NONE;
        return kind(Kind.SET_CONDITION, into) && writesReg(into);
      }
      return writesRm(into);
    }
    if (opcode >= 0xc8 && row == 0xc) {
      return writes(1 << ((opcode & 7) | ((rex & 1) << 3)), into);
    }
    if ((opcode == 0xb6 || opcode == 0xb7) && into.size >= 4) {
      boolean high = opcode == 0xb6 && !into.memory && rex == 0 && into.rm >= 4; // ah to bh
      into.rm = high ? into.rm & 3 : into.rm;
      into.size = opcode == 0xb6 ? 1 : 2;
      return writesReg(into) && (high || kind(Kind.ZERO_EXTEND, into));
    }
    return rare(opcode, repeat, into);
  }

  private static boolean rare(int opcode, int repeat, Instruction into) {
    switch (opcode) {
      case 0x05 -> {
        return kind(Kind.SYSCALL, into);
      }
      case 0x34 -> {
        return kind(Kind.I386_CALL, into);
      }
      case 0x0b, 0x07, 0x35, 0xff, 0xb9 -> {
        return kind(Kind.STOP, into);
      }
      case 0x00, 0x01, 0xae, 0xc7 -> {
        into.vector = opcode == 0xc7 && into.memory && into.size == 8; // cmpxchg16b
        into.reg = Instruction.NONE; // it chooses the operation
        return writesRm(into) && writes(1 << RAX | 1 << RCX | 1 << RDX, into);
      }
      case 0x0d, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f -> {
        // prefetch, nop and endbr64 name a register but do not use it; rdsspq writes it
        boolean marks = !into.memory && (into.reg & 7) == 7;
        return repeat == 0 || opcode != 0x1e || marks || writesRm(into);
      }
      case 0x02, 0x03, 0xaf, 0xb2, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xbc, 0xbd, 0xbe, 0xbf -> {
        return writesReg(into);
      }
      case 0x31, 0x32, 0x33 -> {
        return writes(1 << RAX | 1 << RDX | 1 << RCX, into);
      }
      case 0xa2 -> {
        return writes(1 << RAX | 1 << RBX | 1 << RCX | 1 << RDX, into);
      }
      case 0xa0, 0xa8 -> {
        return stack(Kind.PUSH, into);
      }
      case 0xa1, 0xa9 -> {
        return popped(into);
      }
      case 0xba -> {
        into.reg = Instruction.NONE; // it chooses the operation
        return writesRm(into);
      }
      case 0xa4, 0xa5, 0xac, 0xad -> {
        return writesRm(into);
      }
      case 0xab, 0xb3, 0xbb -> { // of memory, any bit behind or before it
        into.storesElsewhere = into.memory;
        return writesRm(into);
      }
      case 0xa6, 0xa7 -> {
        return writes(STRINGS | 1 << RDX, into);
      }
      case 0xb0, 0xb1 -> {
        return writesRm(into) && writes(1 << RAX, into);
      }
      case 0xc0, 0xc1 -> {
        return writesRm(into) && writesReg(into);
      }
      case 0xa3 -> {
        return true;
      }
      default -> {
        return media(opcode, repeat, into);
      }
    }
  }

  /** MMX and SSE: registers of their own, except for a few moves. */
  private static boolean media(int opcode, int repeat, Instruction into) {
    into.media = true;
    into.vector = !isWord(opcode);
    into.storesElsewhere = opcode == MASKED;
    into.storesMemory = into.storesElsewhere || (into.memory && stores(opcode));
    into.fromGeneral = fromGeneral(1, opcode);
    boolean toGeneral =
        opcode == 0x2c
            || opcode == 0x2d
            || opcode == 0x50
            || opcode == 0xc5
            || opcode == 0xd7
            || opcode == 0x78
            || opcode == 0x79;
    if (toGeneral && into.reg >= 0) {
      into.writes |= 1 << into.reg;
    }
    if (((opcode == 0x7e && repeat == 0) || opcode == 0x78) && !into.memory && into.rm >= 0) {
      into.writes |= 1 << into.rm;
    }
    return true;
  }

  /** Whether the operand that may be memory is a general register otherwise, and is only read. */
  private static boolean fromGeneral(int map, int opcode) {
    return switch (map) {
      case 2 -> opcode >= 0x7a && opcode <= 0x7c; // vpbroadcast
      case 3 -> opcode == 0x20 || opcode == 0x22; // pinsrb, pinsrd
      default ->
          opcode == 0x2a
              || opcode == 0x6e
              || opcode == 0x7b
              || opcode == 0x92
              || opcode == 0xc4; // cvtsi2sd, movd, vcvtusi2sd, kmov, pinsrw
    };
  }

  /** The moves to memory. */
  private static boolean stores(int opcode) {
    return switch (opcode) {
      case 0x11, 0x13, 0x17, 0x29, 0x2b, 0x7e, 0x7f, 0x91, 0xc3, 0xd6, 0xe7, 0xf7 -> true;
      case 0x78, 0x79, 0x7a, 0x7b -> true;
      default -> false;
    };
  }

  /** The same with the prefixes of AVX. */
  private static boolean stores(int map, int opcode) {
    return switch (map) {
      case 1 -> stores(opcode);
      case 2 -> opcode < 0x40 || opcode == 0x4b || opcode == 0x63 || opcode >= 0x8a;
      case 3 -> opcode < 0x40;
      default -> true;
    };
  }

  /** movq, movhps, movlps and movd move 8 bytes at most. */
  private static boolean isWord(int opcode) {
    return opcode == 0x12
        || opcode == 0x13
        || opcode == 0x16
        || opcode == 0x17
        || opcode == 0x6e
        || opcode == 0x7e
        || opcode == 0xd6;
  }

  static void three(boolean immediate, int opcode, Instruction into) {
    into.vector = true;
    into.storesMemory = into.memory && (immediate ? opcode < 0x18 : opcode >= 0xf0);
    into.fromGeneral = immediate && fromGeneral(3, opcode);
    into.storesElsewhere =
        !immediate && opcode == 0xf8; // movdir64b, enqcmd: where a register leads
    boolean general =
        immediate ? (opcode >= 0x14 && opcode < 0x18) || opcode == 0xcc : opcode >= 0xf0;
    if (general) {
      writesRm(into);
      writesReg(into);
    }
    if (immediate && opcode >= 0x60 && opcode < 0x64) {
      into.writes |= 1 << RCX;
    }
  }

  static void vector(int map, int opcode, int vvvv, Instruction into) {
    into.fromGeneral = fromGeneral(map, opcode);
    into.storesElsewhere = map == 1 && opcode == MASKED;
    into.storesMemory = into.storesElsewhere || (into.memory && stores(map, opcode));
    boolean general =
        switch (map) {
          case 1 ->
              opcode == 0x2c
                  || opcode == 0x2d
                  || opcode == 0x50
                  || (opcode >= 0x78 && opcode <= 0x7e)
                  || (opcode >= 0x90 && opcode <= 0x9f)
                  || opcode == 0xc5
                  || opcode == 0xd7;
          case 2 -> opcode >= 0xe0;
          case 3 -> (opcode >= 0x14 && opcode < 0x18) || opcode == 0xf0;
          default -> opcode == 0x2c || opcode == 0x2d || (opcode >= 0x78 && opcode <= 0x7e);
        };
    if (general) {
      into.writes |= 1 << into.reg;
      if (!into.memory) {
        into.writes |= 1 << into.rm;
      }
      if (map == 2) {
        into.writes |= 1 << vvvv;
      }
    }
    if (map == 3 && opcode >= 0x60 && opcode < 0x64) {
      into.writes |= 1 << RCX;
    }
  }
}

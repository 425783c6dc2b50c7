package dev.hardwire.derive.decode;

import static dev.hardwire.derive.decode.Instruction.NONE;
import static dev.hardwire.derive.decode.Instruction.RAX;
import static dev.hardwire.derive.decode.Instruction.RBX;
import static dev.hardwire.derive.decode.Instruction.RCX;
import static dev.hardwire.derive.decode.Instruction.RDX;

/** What opcodes of two and three bytes do, and those with vector prefixes. */
final class LongEffects {
  /** maskmovq and maskmovdqu, which write where rdi leads. */
  private static final int MASKED = 0xf7;

  private LongEffects() {}

  static boolean two(int opcode, int repeat, Instruction into) {
    int row = opcode >> 4;
    if (row == 4) {
      return into.writesReg() && (into.memory || into.size < 4 || into.kind(Kind.CONDITIONAL_MOVE));
    }
    if (row == 8) {
      return into.kind(Kind.BRANCH);
    }
    if (row == 9) {
      boolean low = !into.memory && (into.rex != 0 || into.rm < 4);
      into.reg = NONE;
      into.bytes();
      if (low) {
        into.reg = into.rm;
        into.rm = NONE;
        return into.kind(Kind.SET_CONDITION) && into.writesReg();
      }
      return into.writesRm();
    }
    if (opcode >= 0xc8 && row == 0xc) {
      return into.writes(1 << ((opcode & 7) | ((into.rex & 1) << 3)));
    }
    if ((opcode == 0xb6 || opcode == 0xb7) && into.size >= 4) {
      boolean high = opcode == 0xb6 && !into.memory && into.rex == 0 && into.rm >= 4; // ah to bh
      into.rm = high ? into.rm & 3 : into.rm;
      into.size = opcode == 0xb6 ? 1 : 2;
      return into.writesReg() && (high || into.kind(Kind.ZERO_EXTEND));
    }
    return rare(opcode, repeat, into);
  }

  private static boolean rare(int opcode, int repeat, Instruction into) {
    return switch (opcode) {
      case 0x05 -> into.kind(Kind.SYSCALL);
      case 0x34 -> into.kind(Kind.I386_CALL);
      case 0x0b, 0x07, 0x35, 0xff, 0xb9 -> into.kind(Kind.STOP);
      case 0x00, 0x01, 0xae, 0xc7 -> { // the middle field of ModRM chooses the operation
        into.vector = opcode == 0xc7 && into.memory && into.size == 8; // cmpxchg16b
        yield into.names(NONE) && into.writesRm() && into.writes(1 << RAX | 1 << RCX | 1 << RDX);
      }
      case 0x0d, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f -> {
        // prefetch, nop and endbr64 name a register but do not use it; rdsspq writes it
        boolean marks = !into.memory && (into.reg & 7) == 7;
        yield repeat == 0 || opcode != 0x1e || marks || into.writesRm();
      }
      case 0x02, 0x03, 0xaf, 0xb2, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xbc, 0xbd, 0xbe, 0xbf ->
          into.writesReg();
      case 0x31, 0x32, 0x33 -> into.writes(1 << RAX | 1 << RDX | 1 << RCX);
      case 0xa2 -> into.writes(1 << RAX | 1 << RBX | 1 << RCX | 1 << RDX);
      case 0xa0, 0xa8 -> into.stack(Kind.PUSH);
      case 0xa1, 0xa9 -> into.popped();
      case 0xba -> into.names(NONE) && into.writesRm();
      case 0xa4, 0xa5, 0xac, 0xad -> into.writesRm();
      case 0xab, 0xb3, 0xbb -> { // of memory, any bit behind or before it
        into.storesElsewhere = into.memory;
        yield into.writesRm();
      }
      case 0xa6, 0xa7 -> into.writes(Effects.STRINGS | 1 << RDX);
      case 0xb0, 0xb1 -> into.writesRm() && into.writes(1 << RAX);
      case 0xc0, 0xc1 -> into.writesRm() && into.writesReg();
      case 0xa3 -> true;
      default -> media(opcode, repeat, into);
    };
  }

  /** MMX and SSE: registers of their own, except for a few moves. */
  private static boolean media(int opcode, int repeat, Instruction into) {
    into.media = true;
    into.vector = !isWord(opcode);
    into.storesElsewhere = opcode == MASKED;
    into.storesMemory = into.storesElsewhere || (into.memory && stores(opcode));
    into.fromGeneral = fromGeneral(1, opcode);
    boolean toGeneral =
        switch (opcode) {
          case 0x2c, 0x2d, 0x50, 0x78, 0x79, 0xc5, 0xd7 -> true;
          default -> false;
        };
    if (toGeneral && into.reg >= 0) {
      into.writesReg();
    }
    if (((opcode == 0x7e && repeat == 0) || opcode == 0x78) && !into.memory && into.rm >= 0) {
      into.writesRm();
    }
    return true;
  }

  /** Whether the operand that may be memory is a general register otherwise, and is only read. */
  private static boolean fromGeneral(int map, int opcode) {
    return switch (map) {
      case 2 -> opcode >= 0x7a && opcode <= 0x7c; // vpbroadcast
      case 3 -> opcode == 0x20 || opcode == 0x22; // pinsrb, pinsrd
      default ->
          switch (opcode) {
            case 0x2a, 0x6e, 0x7b, 0x92, 0xc4 -> true; // cvtsi2sd, movd, vcvtusi2sd, kmov, pinsrw
            default -> false;
          };
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
    return switch (opcode) {
      case 0x12, 0x13, 0x16, 0x17, 0x6e, 0x7e, 0xd6 -> true;
      default -> false;
    };
  }

  static boolean three(boolean immediate, int opcode, Instruction into) {
    into.vector = true;
    into.storesMemory = into.memory && (immediate ? opcode < 0x18 : opcode >= 0xf0);
    into.fromGeneral = immediate && fromGeneral(3, opcode);
    into.storesElsewhere =
        !immediate && opcode == 0xf8; // movdir64b, enqcmd: where a register leads
    boolean general =
        immediate ? (opcode >= 0x14 && opcode < 0x18) || opcode == 0xcc : opcode >= 0xf0;
    if (general) {
      into.writesRm();
      into.writesReg();
    }
    return !immediate || opcode < 0x60 || opcode >= 0x64 || into.writes(1 << RCX);
  }

  static boolean vector(int map, int opcode, int vvvv, Instruction into) {
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
      into.writesReg();
      if (!into.memory) {
        into.writesRm();
      }
      if (map == 2) {
        into.writes(1 << vvvv);
      }
    }
    return map != 3 || opcode < 0x60 || opcode >= 0x64 || into.writes(1 << RCX);
  }
}

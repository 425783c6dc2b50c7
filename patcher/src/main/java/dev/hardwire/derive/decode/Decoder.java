package dev.hardwire.derive.decode;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Decodes the instructions of a file one by one.
 *
 * <p>Invariant: never reads outside the bytes given; what does not fit is {@link Kind#INVALID} with
 * length 1.
 */
public final class Decoder {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int LONGEST = 15;

  private final byte[] code;
  private int at;
  private int limit;
  private boolean small;
  private int repeat;

  /**
   * A decoder.
   *
   * @param code the bytes of a file; not changed
   */
  public Decoder(byte[] code) {
    this.code = code;
  }

  /**
   * Decodes one instruction.
   *
   * @param offset of its first byte in the bytes
   * @param end the first offset behind what may be read; at most the number of bytes
   * @param address its virtual address
   */
  public void decode(int offset, int end, long address, Instruction into) {
    into.clear();
    at = offset;
    limit = Math.min(end, offset + LONGEST);
    small = false;
    repeat = 0;
    if (body(into) && at <= limit) {
      into.length = at - offset;
      if (into.ripRelative) {
        into.displacement += address + into.length;
      }
      if (into.kind == Kind.CALL || into.kind == Kind.JUMP || into.kind == Kind.BRANCH) {
        into.target = address + into.length + into.immediate;
      }
    } else {
      into.clear();
      into.kind = Kind.INVALID;
      into.length = 1;
    }
  }

  private boolean body(Instruction into) {
    while (true) {
      int opcode = next();
      if (opcode < 0) {
        return false;
      }
      byte layout = OpcodeLayout.ONE[opcode];
      into.opcode = opcode;
      into.second = at < limit ? code[at] & 0xff : 0;
      switch (layout) {
        case 'p' -> prefix(opcode, into);
        case 'r' -> {
          into.rex = opcode;
          byte following = OpcodeLayout.ONE[into.second];
          if (following == 'p' || following == 'r') {
            into.rex = 0; // a REX prefix counts only directly before the opcode
          }
        }
        case '2' -> {
          return twoBytes(into);
        }
        case 'V', 'U', 'e' -> {
          return vex(layout, into);
        }
        case 'X' -> {
          return popOrXop(into);
        }
        default -> {
          into.size = operandSize(into);
          return operands(layout, opcode, into) && Effects.one(opcode, into);
        }
      }
    }
  }

  private void prefix(int opcode, Instruction into) {
    switch (opcode) {
      case 0x66 -> small = true;
      case 0x67 -> into.shortAddress = true;
      case 0xf2, 0xf3 -> repeat = opcode;
      case 0x64, 0x65 -> into.thread = true;
      default -> {
        // segments that mean nothing in 64-bit mode, and lock
      }
    }
  }

  private int operandSize(Instruction into) {
    if ((into.rex & 8) != 0) {
      return 8;
    }
    return small ? 2 : 4;
  }

  private boolean twoBytes(Instruction into) {
    int opcode = next();
    if (opcode < 0) {
      return false;
    }
    into.size = operandSize(into);
    byte layout = OpcodeLayout.TWO[opcode];
    if (layout == '3' || layout == 'A') {
      int third = next();
      if (third < 0 || !modrm(into)) {
        return false;
      }
      if (layout == 'A') {
        at++;
      }
      return LongEffects.three(layout == 'A', third, into);
    }
    if (opcode == 0x78 && (small || repeat == 0xf2)) { // extrq, insertq
      at += 2;
    }
    if (opcode >= 0x20 && opcode < 0x24 && at < limit) {
      return controlRegister(into);
    }
    return operands(layout, opcode + 0x100, into) && LongEffects.two(opcode, repeat, into);
  }

  /** Moves of control registers have registers only, whatever mod says. */
  private boolean controlRegister(Instruction into) {
    int modrm = next();
    into.writes = 1 << ((modrm & 7) | ((into.rex & 1) << 3));
    return true;
  }

  private boolean operands(byte layout, int opcode, Instruction into) {
    int word = Math.min(into.size, 4);
    return switch (layout) {
      case '-' -> true;
      case 'M' -> modrm(into);
      case 'B' -> modrm(into) && immediate(1, into);
      case 'W' -> modrm(into) && immediate(word, into);
      case 'b' -> immediate(1, into);
      case 'z' -> {
        boolean branch = opcode == 0xe8 || opcode == 0xe9 || opcode >= 0x180;
        yield immediate(branch ? 4 : word, into);
      }
      case 'v' -> immediate(into.size, into);
      case 'w' -> skip(2);
      case 'o' -> {
        into.vector = true;
        yield skip(into.shortAddress ? 4 : 8);
      }
      case 'E' -> skip(3);
      case 'G' -> modrm(into) && ((into.reg & 7) > 1 || immediate(1, into));
      case 'H' -> modrm(into) && ((into.reg & 7) > 1 || immediate(word, into));
      default -> false;
    };
  }

  private boolean skip(int bytes) {
    at += bytes;
    return true;
  }

  private int next() {
    int value = at < limit ? code[at] & 0xff : -1;
    at++;
    return value;
  }

  private boolean immediate(int size, Instruction into) {
    if (at + size > limit) {
      return false;
    }
    into.hasImmediate = true;
    into.immediate =
        switch (size) {
          case 1 -> code[at];
          case 2 -> (short) ((code[at] & 0xff) | (code[at + 1] << 8));
          case 4 -> (int) INT.get(code, at);
          default -> (long) LONG.get(code, at);
        };
    at += size;
    return true;
  }

  private boolean modrm(Instruction into) {
    int modrm = next();
    if (modrm < 0) {
      return false;
    }
    int mod = modrm >> 6;
    int rm = modrm & 7;
    into.reg = ((modrm >> 3) & 7) | ((into.rex & 4) << 1);
    if (mod == 3) {
      into.rm = rm | ((into.rex & 1) << 3);
      return true;
    }
    into.memory = true;
    int wide = mod == 2 ? 4 : mod;
    if (rm == 4) {
      int sib = next();
      if (sib < 0) {
        return false;
      }
      int index = ((sib >> 3) & 7) | ((into.rex & 2) << 2);
      into.index = index == 4 ? Instruction.NONE : index;
      into.scale = sib >> 6;
      if ((sib & 7) == 5 && mod == 0) {
        wide = 4;
      } else {
        into.base = (sib & 7) | ((into.rex & 1) << 3);
      }
    } else if (rm == 5 && mod == 0) {
      into.ripRelative = true;
      wide = 4;
    } else {
      into.base = rm | ((into.rex & 1) << 3);
    }
    return displacement(wide, into);
  }

  private boolean displacement(int size, Instruction into) {
    if (at + size > limit) {
      return false;
    }
    if (size == 1) {
      into.displacement = code[at];
    } else if (size == 4) {
      into.displacement = (int) INT.get(code, at);
    }
    at += size;
    return true;
  }

  private boolean vex(byte layout, Instruction into) {
    int first = next();
    int map = 1;
    int vvvv = first;
    if (layout == 'U') {
      into.rex = (~first & 0x80) >> 5;
    } else {
      vvvv = next();
      if (vvvv < 0) {
        return false;
      }
      into.rex = ((~first & 0xe0) >> 5) | ((vvvv & 0x80) >> 4);
      map = layout == 'e' ? first & 7 : first & 0x1f;
    }
    if (layout == 'e') {
      at++;
      into.compressed = true;
    }
    int opcode = next();
    if (first < 0 || opcode < 0 || map == 0 || map == 4 || map > 6) {
      return false;
    }
    into.vector = true;
    if (map == 1 && opcode == 0x77 && layout != 'e') { // vzeroupper
      return true;
    }
    if (!modrm(into)) {
      return false;
    }
    if (map == 3 || (map == 1 && hasByte(opcode))) {
      at++;
    }
    return LongEffects.vector(map, opcode, ((vvvv >> 3) & 15) ^ 15, into);
  }

  private static boolean hasByte(int opcode) {
    return switch (opcode) {
      case 0x70, 0x71, 0x72, 0x73, 0xc2, 0xc4, 0xc5, 0xc6 -> true;
      default -> false;
    };
  }

  private boolean popOrXop(Instruction into) {
    int first = into.second;
    if ((first & 0x38) == 0) {
      into.size = 8;
      return modrm(into) && Effects.one(0x8f, into);
    }
    int map = first & 0x1f;
    at += 2;
    int opcode = next();
    into.rex = (~first & 0xe0) >> 5;
    if (opcode < 0 || map < 8 || map > 10 || !modrm(into)) {
      return false;
    }
    at += map == 8 ? 1 : map == 10 ? 4 : 0;
    into.vector = true;
    into.storesMemory = true;
    into.writes = Instruction.ALL & ~(1 << Instruction.RSP);
    return true;
  }

  /**
   * What follows each opcode, one character for each, 16 in a row (Intel SDM volume 2, appendix A).
   *
   * <pre>
   * -  nothing            M  ModRM               B  ModRM and an 8-bit immediate
   * W  ModRM, word        b  8-bit immediate     z  32-bit immediate (16 with prefix 66)
   * v  as z, or 64-bit    w  16-bit immediate    o  64-bit address
   * E  enter              G  group 3, byte       H  group 3, word
   * p  prefix             r  REX prefix          x  invalid
   * 2  two-byte opcodes   3  map 0F38            A  map 0F3A
   * V  VEX, three bytes   U  VEX, two bytes      e  EVEX
   * X  pop or XOP
   * </pre>
   */
  private static final class OpcodeLayout {
    private static final String ALL_MODRM = "MMMMMMMMMMMMMMMM";

    static final byte[] ONE =
        table(
            "MMMMbzxxMMMMbzx2",
            "MMMMbzxxMMMMbzxx",
            "MMMMbzpxMMMMbzpx",
            "MMMMbzpxMMMMbzpx",
            "rrrrrrrrrrrrrrrr",
            "----------------",
            "xxeMppppzWbB----",
            "bbbbbbbbbbbbbbbb",
            "BWxBMMMMMMMMMMMX",
            "----------x-----",
            "oooo----bz------",
            "bbbbbbbbvvvvvvvv",
            "BBw-VUBWE-w--bx-",
            "MMMMxxx-MMMMMMMM",
            "bbbbbbbbzzxb----",
            "p-pp--GH------MM");

    static final byte[] TWO =
        table(
            "MMMMx-----x-xM-B",
            ALL_MODRM,
            "MMMMxxxxMMMMMMMM",
            "------x-3xAxxxxx",
            ALL_MODRM,
            ALL_MODRM,
            ALL_MODRM,
            "BBBBMMM-MMxxMMMM",
            "zzzzzzzzzzzzzzzz",
            ALL_MODRM,
            "---MBMMM---MBMMM",
            "MMMMMMMMMMBMMMMM",
            "MMBMBBBM--------",
            ALL_MODRM,
            ALL_MODRM,
            ALL_MODRM);

    private OpcodeLayout() {}

    private static byte[] table(String... rows) {
      return String.join("", rows).getBytes(StandardCharsets.US_ASCII);
    }
  }
}

package dev.hardwire.derive.decode;

/**
 * Decodes the instructions of a file one by one.
 *
 * <p>Invariant: never reads outside the bytes given; what does not fit is {@link Kind#INVALID} with
 * length 1.
 */
public final class Decoder extends Cursor {
  private static final int LONGEST = 15;

  /**
   * A decoder.
   *
   * @param code the bytes of a file; not changed
   */
  public Decoder(byte[] code) {
    super(code);
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
    rex = 0;
    small = false;
    shortAddress = false;
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
      switch (layout) {
        case 'p' -> prefix(opcode, into);
        case 'r' -> {
          rex = opcode;
          int following = at < limit ? OpcodeLayout.ONE[code[at] & 0xff] : 'x';
          if (following == 'p' || following == 'r') {
            rex = 0; // a REX prefix counts only directly before the opcode
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
          into.size = operandSize();
          return operands(layout, opcode, into) && Effects.one(opcode, rex, into);
        }
      }
    }
  }

  private void prefix(int opcode, Instruction into) {
    switch (opcode) {
      case 0x66 -> small = true;
      case 0x67 -> shortAddress = true;
      case 0xf2, 0xf3 -> repeat = opcode;
      case 0x64, 0x65 -> into.thread = true;
      default -> {
        // segments that mean nothing in 64-bit mode, and lock
      }
    }
  }

  private int operandSize() {
    if ((rex & 8) != 0) {
      return 8;
    }
    return small ? 2 : 4;
  }

  private boolean twoBytes(Instruction into) {
    int opcode = next();
    if (opcode < 0) {
      return false;
    }
    into.size = operandSize();
    byte layout = OpcodeLayout.TWO[opcode];
    if (layout == '3' || layout == 'A') {
      int third = next();
      if (third < 0 || !modrm(into)) {
        return false;
      }
      if (layout == 'A') {
        at++;
      }
      LongEffects.three(layout == 'A', third, into);
      return true;
    }
    if (opcode == 0x78 && (small || repeat == 0xf2)) { // extrq, insertq
      at += 2;
    }
    if (opcode >= 0x20 && opcode < 0x24 && at < limit) {
      return controlRegister(into);
    }
    return operands(layout, opcode + 0x100, into) && LongEffects.two(opcode, repeat, rex, into);
  }

  /** Moves of control registers have registers only, whatever mod says. */
  private boolean controlRegister(Instruction into) {
    int modrm = next();
    into.writes = 1 << ((modrm & 7) | ((rex & 1) << 3));
    return true;
  }

  private boolean operands(byte layout, int opcode, Instruction into) {
    switch (layout) {
      case '-' -> {
        return true;
      }
      case 'M' -> {
        return modrm(into);
      }
      case 'B' -> {
        return modrm(into) && immediate(1, into);
      }
      case 'W' -> {
        return modrm(into) && immediate(small && (rex & 8) == 0 ? 2 : 4, into);
      }
      case 'b' -> {
        return immediate(1, into);
      }
      case 'z' -> {
        boolean branch = opcode == 0xe8 || opcode == 0xe9 || opcode >= 0x180;
        return immediate(small && (rex & 8) == 0 && !branch ? 2 : 4, into);
      }
      case 'v' -> {
        return immediate(into.size, into);
      }
      case 'w' -> {
        at += 2;
        return true;
      }
      case 'o' -> {
        at += shortAddress ? 4 : 8;
        into.vector = true;
        return true;
      }
      case 'E' -> {
        at += 3;
        return true;
      }
      case 'G', 'H' -> {
        if (!modrm(into)) {
          return false;
        }
        int size = layout == 'G' ? 1 : small && (rex & 8) == 0 ? 2 : 4;
        return (into.reg & 7) > 1 || immediate(size, into);
      }
      default -> {
        return false;
      }
    }
  }

  private boolean vex(byte layout, Instruction into) {
    int first = next();
    int map = 1;
    int vvvv = first;
    if (layout == 'U') {
      rex = (~first & 0x80) >> 5;
    } else {
      vvvv = next();
      if (vvvv < 0) {
        return false;
      }
      rex = ((~first & 0xe0) >> 5) | ((vvvv & 0x80) >> 4);
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
    LongEffects.vector(map, opcode, ((vvvv >> 3) & 15) ^ 15, into);
    return true;
  }

  private static boolean hasByte(int opcode) {
    return switch (opcode) {
      case 0x70, 0x71, 0x72, 0x73, 0xc2, 0xc4, 0xc5, 0xc6 -> true;
      default -> false;
    };
  }

  private boolean popOrXop(Instruction into) {
    int first = at < limit ? code[at] & 0xff : 0;
    if ((first & 0x38) == 0) {
      into.size = 8;
      return modrm(into) && Effects.one(0x8f, rex, into);
    }
    int map = first & 0x1f;
    at += 2;
    int opcode = next();
    rex = (~first & 0xe0) >> 5;
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
      return String.join("", rows).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    }
  }
}

package dev.hardwire.derive.flow;

/** Parts of instructions that {@link dev.hardwire.derive.decode.Instruction} does not have. */
public final class Opcodes {
  public static final int NO_CONDITION = -1;

  private Opcodes() {}

  /** The place of the first byte behind the prefixes of an instruction. */
  public static int start(byte[] bytes, int offset) {
    int at = offset;
    while (isPrefix(bytes[at] & 0xff)) {
      at++;
    }
    return at;
  }

  private static boolean isPrefix(int prefix) {
    return (prefix & 0xf0) == 0x40
        || switch (prefix) {
          case 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3 -> true;
          default -> false;
        };
  }

  /**
   * The condition of a jump or of a move: the lower 4 bits of its opcode; {@link #NO_CONDITION} for
   * jrcxz, loop and xbegin.
   */
  public static int condition(byte[] bytes, int offset) {
    int at = start(bytes, offset);
    int opcode = bytes[at] & 0xff;
    if (opcode == 0x0f) {
      opcode = bytes[at + 1] & 0xff;
      boolean conditional = (opcode & 0xf0) == 0x80 || (opcode & 0xf0) == 0x40;
      return conditional ? opcode & 0xf : NO_CONDITION;
    }
    return (opcode & 0xf0) == 0x70 ? opcode & 0xf : NO_CONDITION;
  }
}

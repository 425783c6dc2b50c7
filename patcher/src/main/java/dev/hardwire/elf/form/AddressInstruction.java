package dev.hardwire.elf.form;

/**
 * An instruction of aarch64 that forms an address (Arm Architecture Reference Manual, C6.2).
 *
 * @param mask the bits that are fixed
 * @param bits their values
 */
record AddressInstruction(Kind kind, long mask, long bits) {
  /** Which instruction, by its name in {@code start-code.txt}. */
  enum Kind {
    /** A branch with link, and one without: the target. */
    BL,
    B,
    /** The address of a page, and that of a byte near by, in a register. */
    ADRP,
    ADR,
    /** A load of 8 bytes at a register plus an offset, and the sum: the offset. */
    LDR,
    ADD
  }

  /**
   * An instruction, such as {@code bl}, {@code adrp0} or {@code ldr17,16}: the name, the number of
   * the register that is set, and that of the base register.
   */
  static AddressInstruction of(String text) {
    int digits = 0;
    while (digits < text.length() && Character.isLetter(text.charAt(digits))) {
      digits++;
    }
    int comma = text.indexOf(',');
    int end = comma < 0 ? text.length() : comma;
    long rd = digits == end ? 0 : Integer.parseInt(text, digits, end, 10);
    long rn = comma < 0 ? 0 : Integer.parseInt(text, comma + 1, text.length(), 10) << 5;
    return switch (text.substring(0, digits)) {
      case "bl" -> new AddressInstruction(Kind.BL, 0xfc00_0000L, 0x9400_0000L);
      case "b" -> new AddressInstruction(Kind.B, 0xfc00_0000L, 0x1400_0000L);
      case "adrp" -> new AddressInstruction(Kind.ADRP, 0x9f00_001fL, 0x9000_0000L | rd);
      case "adr" -> new AddressInstruction(Kind.ADR, 0x9f00_001fL, 0x1000_0000L | rd);
      case "ldr" -> new AddressInstruction(Kind.LDR, 0xffc0_03ffL, 0xf940_0000L | rn | rd);
      case "add" -> new AddressInstruction(Kind.ADD, 0xffc0_03ffL, 0x9100_0000L | rn | rd);
      default -> throw new IllegalStateException("no instruction: " + text);
    };
  }

  boolean is(long code) {
    return (code & mask) == bits;
  }

  /**
   * The address or offset in an instruction of this kind.
   *
   * @param address where the instruction is
   */
  long operand(long code, long address) {
    if (kind == Kind.BL || kind == Kind.B) {
      return address + ((long) ((int) (code << 6) >> 6) << 2);
    } else if (kind == Kind.ADRP) {
      return (address & -0x1000) + (immediate21(code) << 12);
    } else if (kind == Kind.ADR) {
      return address + immediate21(code);
    }
    return (code >>> 10 & 0xfff) * (kind == Kind.LDR ? Long.BYTES : 1);
  }

  private static long immediate21(long code) {
    long bits = (code >>> 5 & 0x7_ffff) << 2 | (code >>> 29 & 3);
    return bits << 43 >> 43;
  }
}

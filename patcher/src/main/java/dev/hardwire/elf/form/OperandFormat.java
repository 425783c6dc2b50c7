package dev.hardwire.elf.form;

import java.util.Map;
import java.util.TreeMap;

/**
 * Where code has an address or a number: the bits of one or more words of 32 bits, and what they
 * stand for. The names are those in {@code start-code.txt}. Sources: Arm Architecture Reference
 * Manuals, The RISC-V Instruction Set Manual, Power ISA, z/Architecture Principles of Operation,
 * LoongArch Reference Manual.
 */
enum OperandFormat {
  /** A word: a displacement from its own address. */
  PC("pc", -1),
  /** A word. */
  WORD("w", -1),
  /** s390x: a displacement in halfwords from the instruction, which starts 2 bytes before. */
  HALF("half", -1),
  /** aarch64, b and bl: the target. */
  BRANCH26("b26", 0x03ff_ffff),
  /** aarch64, adrp and adr: the address of a page, and that of a byte near by. */
  ADRP("adrp", 0x60ff_ffe0),
  ADR("adr", 0x60ff_ffe0),
  /** aarch64, add, and ldr of 8 bytes: an offset. */
  IMM12("imm12", 0x003f_fc00),
  IMM12_X8("imm12x8", 0x003f_fc00),
  /** arm, bl and blx in Thumb code: the target, with bit 0 if that is Thumb code. */
  THUMB("thumb", 0x3fff_07ff),
  /** arm, b and bl in A32 code: the target. */
  ARM24("arm24", 0x00ff_ffff),
  /** arm, add to the program counter, add, and ldr: parts of an address. */
  ROR12("ror12", 0xff),
  ROR20("ror20", 0xff),
  OFFSET12("offset12", 0xfff),
  /** riscv64, jal, and auipc with jalr: the target. */
  JAL("jal", 0xffff_f000),
  CALL("call", 0xffff_f000, 0xfff0_0000),
  /** riscv64, auipc, and addi and ld: parts of an address. */
  AUIPC("auipc", 0xffff_f000),
  I_TYPE("i12", 0xfff0_0000),
  /** ppc64le, b and bl: the target. */
  LI24("li24", 0x03ff_fffc),
  /** ppc64le, addis with addi, and addis with ld: an offset, or an address that is below 2 GiB. */
  HALO("ha+d", 0xffff, 0xffff),
  HADS("ha+ds", 0xffff, 0xfffc),
  /** ppc64le, addi, and ld: an offset. */
  D16("d", 0xffff),
  DS16("ds", 0xfffc),
  /** loongarch64, pcalau12i, addi.d, lu32i.d, lu52i.d: an address. */
  PCALA64("pcala64", 0x01ff_ffe0, 0x003f_fc00, 0x01ff_ffe0, 0x003f_fc00),
  /** loongarch64, pcaddu12i, and addi.d and ld.d: parts of an address. */
  PCADD12("pcadd12", 0x01ff_ffe0),
  SI12("si12", 0x003f_fc00);

  private static final Map<String, OperandFormat> BY_NAME = byName();

  private final String text;

  @SuppressWarnings("ImmutableEnumChecker") // never written
  private final int[] masks;

  OperandFormat(String text, int... masks) {
    this.text = text;
    this.masks = masks;
  }

  private static Map<String, OperandFormat> byName() {
    Map<String, OperandFormat> all = new TreeMap<>();
    for (OperandFormat format : values()) {
      all.put(format.text, format);
    }
    return all;
  }

  static OperandFormat named(String text) {
    OperandFormat found = BY_NAME.get(text);
    if (found == null) {
      throw new IllegalStateException("no operand: " + text);
    }
    return found;
  }

  /** Length in bytes. */
  int size() {
    return masks.length * Integer.BYTES;
  }

  /** Whether the whole word is the operand, so that there are no bits of an instruction. */
  boolean isWord() {
    return this == PC || this == WORD || this == HALF;
  }

  /** The bits of a byte that belong to the operand. */
  int mask(int index) {
    return masks[index / Integer.BYTES] >>> (8 * (index % Integer.BYTES)) & 0xff;
  }

  /**
   * The value of the operand.
   *
   * @param words the code, one number for each 32 bits
   * @param address where it is
   */
  long value(long[] words, long address) {
    int first = (int) words[0];
    int second = words.length > 1 ? (int) words[1] : 0;
    return switch (this) {
      case PC -> address + first;
      case WORD -> words[0];
      case HALF -> address - 2 + 2L * first;
      case BRANCH26 -> address + ((long) (first << 6 >> 6) << 2);
      case ADRP -> (address & -0x1000) + (immediate21(words[0]) << 12);
      case ADR -> address + immediate21(words[0]);
      case IMM12 -> first >>> 10 & 0xfff;
      case IMM12_X8 -> (first >>> 10 & 0xfff) * (long) Long.BYTES;
      case THUMB -> thumbTarget(first, address);
      case ARM24 -> address + 8 + ((long) (first << 8 >> 8) << 2);
      case ROR12 -> address + 8 + ((long) (first & 0xff) << 20);
      case ROR20 -> (long) (first & 0xff) << 12;
      case OFFSET12 -> first & 0xfff;
      case JAL -> address + jump20(first);
      case CALL -> address + (first & ~0xfff) + (second >> 20);
      case AUIPC -> address + (first & ~0xfff);
      case I_TYPE -> first >> 20;
      case LI24 -> address + (first << 6 >> 6 & ~3);
      case HALO -> ((long) (short) first << 16) + (short) second;
      case HADS -> ((long) (short) first << 16) + (short) (second & ~3);
      case D16 -> (short) first;
      case DS16 -> (short) (first & ~3);
      case PCALA64 -> pcala64(words, address);
      case PCADD12 -> address + (first << 7 >> 12 << 12);
      case SI12 -> first << 10 >> 20;
    };
  }

  private static long immediate21(long code) {
    long bits = (code >>> 5 & 0x7_ffff) << 2 | (code >>> 29 & 3);
    return bits << 43 >> 43;
  }

  /** Encodings T1 of BL and T2 of BLX: the first halfword is the low one. */
  private static long thumbTarget(int code, long address) {
    int sign = code >>> 10 & 1;
    int second = code >>> 16;
    int i1 = (second >>> 13 & 1) ^ sign ^ 1;
    int i2 = (second >>> 11 & 1) ^ sign ^ 1;
    int bits = sign << 24 | i1 << 23 | i2 << 22 | (code & 0x3ff) << 12 | (second & 0x7ff) << 1;
    int offset = bits << 7 >> 7;
    boolean thumb = (second & 0x1000) != 0;
    return thumb ? address + 4 + offset | 1 : (address + 4 & ~3L) + offset;
  }

  /** J-type: imm[20|10:1|11|19:12]. */
  private static int jump20(int code) {
    return code >> 31 << 20
        | (code >>> 12 & 0xff) << 12
        | (code >>> 20 & 1) << 11
        | (code >>> 21 & 0x3ff) << 1;
  }

  /** The page of the address, and a number of which each instruction sets some bits. */
  private static long pcala64(long[] words, long address) {
    long page = (address & -0x1000) + ((int) words[0] << 7 >> 12 << 12);
    long low = ((int) words[1] << 10 >> 20) & 0xffff_ffffL;
    long middle = words[2] >>> 5 & 0xf_ffff;
    long high = words[3] >>> 10 & 0xfff;
    return page + (high << 52 | middle << 32 | low);
  }
}

package dev.hardwire.derive.decode;

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
final class Layout {
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

  private Layout() {}

  private static byte[] table(String... rows) {
    return String.join("", rows).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
  }
}

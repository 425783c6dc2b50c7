package dev.hardwire.derive.module;

import dev.hardwire.derive.decode.Decoder;
import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;
import dev.hardwire.derive.module.Ranges.Range;

/** What linkers and compilers put between functions. */
final class Padding {
  private Padding() {}

  /** Whether a range has nothing but zeros, nops and breakpoints. */
  static boolean is(Image image, Decoder decoder, Range range) {
    byte[] bytes = image.bytes();
    Instruction now = new Instruction();
    int at = image.offset(range.start());
    int end = (int) (at + range.end() - range.start());
    while (at < end) {
      int next = bytes[at] & 0xff;
      if (next == 0 || next == 0xcc) {
        at++;
        continue;
      }
      decoder.decode(at, end, 0, now);
      boolean nop =
          next == 0x90 || (now.length() > 1 && now.kind() == Kind.OTHER && isNop(bytes, at));
      if (!nop) {
        return false;
      }
      at += now.length();
    }
    return true;
  }

  /** Whether an instruction that starts at a place of the file does nothing. */
  static boolean isNop(byte[] bytes, int start) {
    int at = start;
    while (at < bytes.length && ((bytes[at] & 0xff) == 0x66 || (bytes[at] & 0xff) == 0x2e)) {
      at++;
    }
    int opcode = at + 1 < bytes.length ? bytes[at] & 0xff : 0;
    return opcode == 0x90 || (opcode == 0x0f && (bytes[at + 1] & 0xff) == 0x1f);
  }
}

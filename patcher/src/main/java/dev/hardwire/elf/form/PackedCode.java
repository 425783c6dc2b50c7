package dev.hardwire.elf.form;

import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import java.nio.charset.StandardCharsets;

/** Recognises files whose code is compressed, and is unpacked when they run. */
public final class PackedCode {
  private static final byte[] UPX_MAGIC = "UPX!".getBytes(StandardCharsets.US_ASCII);

  /**
   * UPX puts its magic into the l_info after the program headers and into the pack header at the
   * end.
   */
  private static final long UPX_WINDOW = 0x200;

  private PackedCode() {}

  /**
   * Refuses a file that UPX has packed.
   *
   * @throws ElfFormatException if it has
   */
  public static void refuse(ElfFile elf) {
    long size = elf.bytes().size();
    long tail = Math.max(0, size - UPX_WINDOW);
    for (long from : new long[] {elf.header().programTableEnd(), tail}) {
      long length = Math.min(UPX_WINDOW, size - from);
      long at = elf.bytes().slice(from, length).indexOf(UPX_MAGIC, 0);
      if (at >= 0 && elf.sections().isEmpty()) {
        throw new ElfFormatException(
            Refusal.PACKED,
            from + at,
            "l_magic",
            "packed by UPX: the program unpacks itself over its own segments");
      }
    }
  }
}

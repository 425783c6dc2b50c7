package dev.hardwire.library;

import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.Machine;

/**
 * The flags in the header before the code of the library and the launcher; {@code
 * stub-asm/hardwire.h} lists them.
 */
final class CodeFlags {
  private static final int OFFSET = 12;

  private CodeFlags() {}

  /** A copy of a blob with flags in its header, which had none. */
  static Bytes add(Bytes blob, Machine machine, int flags) {
    long rest = OFFSET + (long) Integer.BYTES;
    return new ByteWriter(machine.order())
        .bytes(blob.slice(0, OFFSET))
        .u32(flags)
        .bytes(blob.slice(rest, blob.size() - rest))
        .toBytes();
  }
}

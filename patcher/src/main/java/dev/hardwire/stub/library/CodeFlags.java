package dev.hardwire.stub.library;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;

/** Sets the flags in the header before the code; {@code stub-asm/hardwire.h} defines them. */
final class CodeFlags {
  private static final int OFFSET = 12;

  private CodeFlags() {}

  static Bytes add(Bytes blob, Target machine, int flags) {
    long rest = OFFSET + (long) Integer.BYTES;
    return new ByteWriter(machine.order())
        .bytes(blob.slice(0, OFFSET))
        .u32(flags)
        .bytes(blob.slice(rest, blob.size() - rest))
        .toBytes();
  }
}

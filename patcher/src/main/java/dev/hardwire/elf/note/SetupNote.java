package dev.hardwire.elf.note;

import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.jelf.HardwireNote;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Where the blob is and what leads to it.
 *
 * @param blobAddress virtual address of the blob header
 * @param blobSize bytes from there to the end of the segment that holds the blob
 * @param hookAddress virtual address of the redirected element of the init array; 0 for {@link
 *     Hook#ENTRY}
 */
public record SetupNote(Hook hook, long blobAddress, long blobSize, long hookAddress) {
  public static final long TYPE = 0x48570002L;
  private static final int SIZE = 32;
  private static final int MODE_STUB = 1;

  /** The descriptor, a multiple of 8 bytes. */
  public Bytes encode(ByteOrder order) {
    return new ByteWriter(order)
        .u32(HardwireNotes.VERSION)
        .u16(MODE_STUB)
        .u16(hook.code())
        .u64(blobAddress)
        .u64(blobSize)
        .u64(hookAddress)
        .toBytes();
  }

  static SetupNote decode(Bytes desc, long fileOffset) {
    NoteReading reading = new NoteReading(desc, fileOffset, "setup note");
    reading.requireSize(SIZE);
    reading.require(
        desc.u32(0) == HardwireNotes.VERSION, 0, "version " + desc.u32(0) + " is not known");
    var raw =
        reading.parse(
            () ->
                new HardwireNote.Body.Setup(
                    reading.stream(), null, reading.root, reading.littleEndian));
    reading.require(desc.u16(4) == MODE_STUB, 4, "mode " + desc.u16(4) + " is not known");
    int code = desc.u16(6);
    Hook hook = Arrays.stream(Hook.values()).filter(h -> h.code() == code).findFirst().orElse(null);
    reading.require(hook != null, 6, "hook " + code + " is not known");
    return new SetupNote(hook, raw.blobAddress(), raw.lenBlob(), raw.hookAddress());
  }
}

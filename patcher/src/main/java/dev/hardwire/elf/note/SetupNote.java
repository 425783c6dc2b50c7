package dev.hardwire.elf.note;

import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.note.generated.HardwireNote;
import dev.hardwire.policy.Hook;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;

/**
 * Where the blob is and what leads to it.
 *
 * @param hook empty in mode needed, where a shared library runs the setup program
 * @param blobAddress virtual address of the blob header
 * @param blobSize bytes from there to the end of the segment that holds the blob
 * @param hookAddress virtual address of the redirected element of the init array; 0 for the hooks
 *     at the entry point and without a hook
 */
public record SetupNote(Optional<Hook> hook, long blobAddress, long blobSize, long hookAddress) {
  public static final long TYPE = 0x48570002L;
  static final int SIZE = 32;
  private static final int MODE_STUB = 1;
  private static final int MODE_NEEDED = 2;
  private static final int NO_HOOK = 0;

  /** Whether a shared library that the program needs runs the setup program. */
  public boolean isNeeded() {
    return hook.isEmpty();
  }

  /** Whether e_entry leads to the stub, or under {@link Hook#FIRST} to the loader behind it. */
  public boolean redirectsEntry() {
    return hook.equals(Optional.of(Hook.ENTRY)) || isFirst();
  }

  /** Whether the kernel enters the patch before the dynamic linker. */
  public boolean isFirst() {
    return hook.equals(Optional.of(Hook.FIRST));
  }

  /** The descriptor, a multiple of 8 bytes. */
  public Bytes encode(ByteOrder order) {
    return new ByteWriter(order, SIZE)
        .u32(HardwireNotes.VERSION)
        .u16(isNeeded() ? MODE_NEEDED : MODE_STUB)
        .u16(hook.map(SetupNote::code).orElse(NO_HOOK))
        .u64(blobAddress)
        .u64(blobSize)
        .u64(hookAddress)
        .toBytes();
  }

  private static int code(Hook hook) {
    return switch (hook) {
      case INIT -> 1;
      case POST_INIT -> 2;
      case ENTRY -> 3;
      case FIRST -> 4;
    };
  }

  static SetupNote decode(Bytes desc, long fileOffset) {
    NoteReading reading = new NoteReading(desc, fileOffset, "setup note");
    reading.requireSize(SIZE);
    reading.requireVersion(desc.u32(0), 0);
    var raw = reading.parse(HardwireNote.Body.Setup::new);
    int mode = desc.u16(4);
    reading.require(mode == MODE_STUB || mode == MODE_NEEDED, 4, "mode " + mode + " is not known");
    int code = desc.u16(6);
    Optional<Hook> hook = Arrays.stream(Hook.values()).filter(h -> code(h) == code).findFirst();
    reading.require(
        mode == MODE_STUB ? hook.isPresent() : code == NO_HOOK,
        6,
        "hook " + code + " is not known");
    return new SetupNote(hook, raw.blobAddress(), raw.lenBlob(), raw.hookAddress());
  }
}

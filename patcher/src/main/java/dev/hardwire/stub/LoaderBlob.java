package dev.hardwire.stub;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.note.BlobHeader;
import java.util.List;

/**
 * What the kernel enters under the hook {@code first}: a blob of its own behind that of the start,
 * without a setup program. Its code has the stub of the start run the setup program, then maps the
 * dynamic linker.
 *
 * @param offset in bytes from the blob of the start
 * @param interpreter path of the dynamic linker, without the byte that ends it
 */
public record LoaderBlob(Target machine, long offset, Bytes interpreter) {
  /** The first instruction only returns; the stub goes on there. The entry point follows. */
  private static final int ENTRY = 16;

  /** The loader behind a blob. */
  public static LoaderBlob behind(Blob start, Bytes interpreter) {
    return new LoaderBlob(start.machine(), start.size(), interpreter);
  }

  /** The code that Hardwire ships. */
  public Bytes code() {
    return StubCode.loader(machine);
  }

  /** Where the stub of the start goes on, in bytes from its blob. */
  public long returnOffset() {
    return offset + BlobHeader.SIZE;
  }

  /** What e_entry leads to, in bytes from the blob of the start. */
  public long entryOffset() {
    return returnOffset() + ENTRY;
  }

  /** The first byte behind it, in bytes from the blob of the start. */
  public long end() {
    return offset + blob(0).size();
  }

  /**
   * The bytes.
   *
   * @param start virtual address of the blob of the start
   * @param target virtual address of the program's own entry point
   * @param segmentSize bytes from the blob of the start to the end of its segment
   */
  public Bytes encode(long start, long target, long segmentSize) {
    return blob(start + offset).encode(target - (start + offset), segmentSize - offset);
  }

  /** Its data: {@code struct place} in {@code stub-asm/first.c}. */
  private Blob blob(long address) {
    Bytes place =
        new ByteWriter(machine.order())
            .u64(address)
            .u32(offset - BlobHeader.SIZE)
            .bytes(interpreter)
            .u8(0)
            .toBytes();
    return new Blob(machine, code(), new SetupProgram(List.of(), place));
  }
}

package dev.hardwire.stub;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.note.BlobHeader;

/**
 * The part of the blob that runs: header, code, records, data. The stub does not use what follows
 * in the same segment, such as notes.
 */
public record Blob(Target machine, Bytes code, SetupProgram program) {
  private static final int RECORD_ALIGNMENT = 16;

  public Blob(Target machine, SetupProgram program) {
    this(machine, StubCode.of(machine).code(), program);
  }

  /** A blob without code, for a program whose setup program a library runs. */
  public static Blob withoutCode(Target machine, SetupProgram program) {
    return new Blob(machine, Bytes.copyOf(new byte[0]), program);
  }

  /** The same with another setup program, which has as many steps and as much data. */
  public Blob running(SetupProgram other) {
    return new Blob(machine, code, other);
  }

  private long recordsOffset() {
    return align(BlobHeader.SIZE + code.size());
  }

  private long dataOffset() {
    return recordsOffset() + program.recordsSize(machine.elfClass());
  }

  /** Bytes from the header to the end of the data, a multiple of 16. */
  public long size() {
    return align(dataOffset() + program.data().size());
  }

  private static long align(long value) {
    return (value + RECORD_ALIGNMENT - 1) & -RECORD_ALIGNMENT;
  }

  /**
   * The bytes.
   *
   * @param target virtual address of the replaced code minus that of the blob
   * @param blobSize bytes from the blob's header to the end of its segment
   */
  public Bytes encode(long target, long blobSize) {
    Bytes records = program.encodeRecords(machine.elfClass(), machine.order(), dataOffset());
    BlobHeader header =
        new BlobHeader(
            machine.code(),
            target,
            recordsOffset(),
            program.steps().size(),
            code.size(),
            dataOffset(),
            program.data().size(),
            blobSize);
    ByteWriter writer = new ByteWriter(machine.order(), Math.toIntExact(size()));
    return writer
        .bytes(header.encode(machine.order()))
        .bytes(code)
        .align(RECORD_ALIGNMENT)
        .bytes(records)
        .bytes(program.data())
        .align(RECORD_ALIGNMENT)
        .toBytes();
  }
}

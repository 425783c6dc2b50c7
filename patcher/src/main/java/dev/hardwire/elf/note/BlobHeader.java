package dev.hardwire.elf.note;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.note.generated.HardwireNote;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The 64 bytes at the start of the blob, directly before the stub's code. Offsets are in bytes from
 * its start.
 *
 * @param machine e_machine of the stub
 * @param target virtual address of the replaced code minus that of the blob
 * @param recordsOffset where the setup program's records start
 * @param recordCount how many there are
 * @param codeSize bytes of the stub's code, which starts at {@link #SIZE}
 * @param dataOffset where the data starts that the records point to
 * @param dataSize its size in bytes
 * @param blobSize bytes of the segment that holds the blob
 */
public record BlobHeader(
    int machine,
    long target,
    long recordsOffset,
    long recordCount,
    long codeSize,
    long dataOffset,
    long dataSize,
    long blobSize) {
  public static final int SIZE = 64;
  private static final int ALIGNMENT = 16;
  private static final int MOST_RECORDS = 1 << 16;
  private static final byte[] MAGIC = "HARDWIRE".getBytes(StandardCharsets.US_ASCII);

  /** The first byte behind the data and its padding, from the start of the blob. */
  public long end() {
    return (dataOffset + dataSize + ALIGNMENT - 1) & -ALIGNMENT;
  }

  public Bytes encode(ByteOrder order) {
    return new ByteWriter(order)
        .bytes(MAGIC)
        .u16(HardwireNotes.VERSION)
        .u16(machine)
        .u32(0)
        .u64(target)
        .u32(recordsOffset)
        .u32(recordCount)
        .u32(SIZE)
        .u32(codeSize)
        .u32(dataOffset)
        .u32(dataSize)
        .u64(blobSize)
        .u64(0)
        .toBytes();
  }

  /**
   * Reads the header of {@code blob} and checks that everything it names lies in the blob.
   *
   * @param elfClass that of the file, which the size of a record depends on
   * @param fileOffset where the blob starts in the file, for errors
   */
  public static BlobHeader decode(ElfClass elfClass, Bytes blob, long fileOffset) {
    Bytes start = blob.slice(0, Math.min(SIZE, blob.size()));
    NoteReading reading = new NoteReading(start, fileOffset, "blob header");
    reading.requireSize(SIZE);
    reading.require(
        blob.slice(0, 8).equals(Bytes.copyOf(MAGIC)), 0, "does not start with HARDWIRE");
    reading.requireVersion(blob.u16(8), 8);
    reading.require(blob.u32(12) == 0, 12, "flags are not known");
    reading.require(blob.u32(32) == SIZE, 32, "the code does not follow the header");
    reading.require(blob.isZero(56, 8), 56, "reserved bytes are not zero");
    var raw = reading.parse(HardwireNote.Body.BlobHeader::new);
    BlobHeader header =
        new BlobHeader(
            raw.machine(),
            raw.target(),
            raw.ofsRecords(),
            raw.numRecords(),
            raw.lenCode(),
            raw.ofsData(),
            raw.lenData(),
            raw.lenBlob());
    reading.require(
        header.blobSize == blob.size(), 48, "the blob's size differs from its segment's");
    reading.require(header.recordCount <= MOST_RECORDS, 28, "too many records");
    reading.require(blob.contains(SIZE, header.codeSize), 36, "the code ends past the blob");
    reading.require(
        blob.contains(header.recordsOffset, header.recordCount * RawRecord.size(elfClass)),
        24,
        "the records end past the blob");
    reading.require(
        blob.contains(header.dataOffset, header.dataSize), 40, "the data ends past the blob");
    return header;
  }
}

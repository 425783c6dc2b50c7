package dev.hardwire.elf.note;

import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.jelf.HardwireNote;
import java.util.List;

/**
 * One record of a setup program as the stub of a 64-bit target reads it; {@code
 * stub-asm/x86_64/stub.S} and {@code hardwire_note.ksy} say what the fields mean.
 *
 * @param number system call number, or {@link #STORE}
 * @param kinds six 4-bit argument kinds, the first argument's lowest
 * @param arguments six values
 */
public record RawRecord(
    int number,
    int resultWord,
    int failure,
    int skipOnFailure,
    int skipOnSuccess,
    int messageLength,
    long kinds,
    long messageOffset,
    List<Long> arguments) {
  public static final int SIZE = 64;
  public static final int STORE = 0xffff;
  public static final int ARGUMENTS = 6;

  public RawRecord {
    arguments = List.copyOf(arguments);
    if (arguments.size() != ARGUMENTS) {
      throw new IllegalArgumentException("a record has six arguments, not " + arguments.size());
    }
  }

  public void write(ByteWriter writer) {
    writer
        .u16(number)
        .u8(resultWord)
        .u8(failure)
        .u8(skipOnFailure)
        .u8(skipOnSuccess)
        .u16(messageLength)
        .u32(kinds)
        .u32(messageOffset);
    arguments.forEach(writer::u64);
  }

  /**
   * Reads one record.
   *
   * @param bytes its 64 bytes
   * @param fileOffset where they stand in the file, for errors
   */
  public static RawRecord decode(Bytes bytes, long fileOffset) {
    NoteReading reading = new NoteReading(bytes, fileOffset, "setup record");
    reading.requireSize(SIZE);
    var raw =
        reading.parse(
            () ->
                new HardwireNote.Body.Record(
                    reading.stream(), null, reading.root, reading.littleEndian));
    return new RawRecord(
        raw.number(),
        raw.resultWord(),
        bytes.u8(3),
        raw.skipOnFailure(),
        raw.skipOnSuccess(),
        raw.lenMessage(),
        raw.kinds(),
        raw.ofsMessage(),
        raw.arguments());
  }
}

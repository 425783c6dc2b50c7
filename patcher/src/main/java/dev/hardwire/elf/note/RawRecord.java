package dev.hardwire.elf.note;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.note.generated.HardwireNote;
import java.util.List;

/**
 * One record of a setup program as a stub reads it: 16 bytes, and six words of the target. {@code
 * stub-asm/record.inc} and {@code hardwire_note.ksy} say what the fields mean.
 *
 * @param number system call number, or {@link #STORE}
 * @param kinds six 4-bit argument kinds, the first argument's lowest
 * @param arguments six values; for a 32-bit target unsigned 32 bits
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
  public static final int STORE = 0xffff;
  public static final int ARGUMENTS = 6;
  private static final int HEAD_SIZE = 16;

  public RawRecord {
    arguments = List.copyOf(arguments);
    if (arguments.size() != ARGUMENTS) {
      throw new IllegalArgumentException("a record has six arguments, not " + arguments.size());
    }
  }

  /** Bytes of a record. */
  public static int size(ElfClass elfClass) {
    return HEAD_SIZE + ARGUMENTS * elfClass.wordSize();
  }

  /**
   * Appends the record.
   *
   * @throws IllegalArgumentException if an argument does not fit a word of the target
   */
  public void write(ByteWriter writer, ElfClass elfClass) {
    writer
        .u16(number)
        .u8(resultWord)
        .u8(failure)
        .u8(skipOnFailure)
        .u8(skipOnSuccess)
        .u16(messageLength)
        .u32(kinds)
        .u32(messageOffset);
    for (long argument : arguments) {
      if (elfClass == ElfClass.CLASS64) {
        writer.u64(argument);
      } else if (argument >>> Integer.SIZE == 0) {
        writer.u32(argument);
      } else {
        throw new IllegalArgumentException(
            "argument 0x%x does not fit 32 bits".formatted(argument));
      }
    }
  }

  /**
   * Reads one record.
   *
   * @param bytes its bytes, {@link #size} of them
   * @param fileOffset where they stand in the file, for errors
   */
  public static RawRecord decode(ElfClass elfClass, Bytes bytes, long fileOffset) {
    NoteReading reading = new NoteReading(bytes, fileOffset, "setup record");
    reading.requireSize(size(elfClass));
    if (elfClass == ElfClass.CLASS32) {
      var raw = reading.parse(HardwireNote.Body.Record32::new);
      return of(raw.head(), raw.arguments(), bytes);
    }
    var raw = reading.parse(HardwireNote.Body.Record::new);
    return of(raw.head(), raw.arguments(), bytes);
  }

  private static RawRecord of(HardwireNote.Body.RecordHead raw, List<Long> arguments, Bytes bytes) {
    return new RawRecord(
        raw.number(),
        raw.resultWord(),
        bytes.u8(3),
        raw.skipOnFailure(),
        raw.skipOnSuccess(),
        raw.lenMessage(),
        raw.kinds(),
        raw.ofsMessage(),
        arguments);
  }
}

package dev.hardwire.elf.note;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.note.generated.HardwireNote;
import io.kaitai.struct.ByteBufferKaitaiStream;
import io.kaitai.struct.KaitaiStruct;
import java.nio.ByteOrder;
import java.util.function.Supplier;

/** Runs the generated parser on one structure, and reports damaged bytes as errors. */
final class NoteReading {
  /** Versions above are damage. */
  private static final int LATEST = 999;

  private final Bytes bytes;
  private final long fileOffset;
  private final String what;
  final HardwireNote root;
  final boolean littleEndian;

  /**
   * @param bytes the descriptor or structure
   * @param fileOffset where it starts in the file, for errors
   * @param what its name, for errors
   */
  NoteReading(Bytes bytes, long fileOffset, String what) {
    this.bytes = bytes;
    this.fileOffset = fileOffset;
    this.what = what;
    this.littleEndian = bytes.order() == ByteOrder.LITTLE_ENDIAN;
    this.root = new HardwireNote(new ByteBufferKaitaiStream(new byte[0]), !littleEndian);
  }

  ByteBufferKaitaiStream stream() {
    return new ByteBufferKaitaiStream(bytes.toArray());
  }

  void require(boolean condition, long offset, String reason) {
    if (!condition) {
      throw new ElfFormatException(Refusal.DAMAGED_PATCH, fileOffset + offset, what, reason);
    }
  }

  /**
   * Requires a version of the format that is known here. Higher numbers are those of later versions
   * of Hardwire, as far as these can be expected.
   */
  void requireVersion(long version, long offset) {
    if (version > HardwireNotes.VERSION && version <= LATEST) {
      throw new ElfFormatException(
          Refusal.NEWER_FORMAT,
          fileOffset + offset,
          what,
          "made by a newer Hardwire (format %d)".formatted(version));
    }
    require(version == HardwireNotes.VERSION, offset, "version %d is not known".formatted(version));
  }

  void requireSize(long size) {
    require(
        bytes.size() >= size, bytes.size(), size + " bytes needed, " + bytes.size() + " are there");
  }

  /** Runs a generated parser; every error of it means damage. */
  <T extends KaitaiStruct> T parse(Supplier<T> parser) {
    try {
      return parser.get();
    } catch (RuntimeException e) {
      ElfFormatException damaged =
          new ElfFormatException(
              Refusal.DAMAGED_PATCH, fileOffset, what, "cannot be parsed: " + e.getMessage());
      damaged.initCause(e);
      throw damaged;
    }
  }
}

package dev.hardwire.elf.note;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.note.generated.HardwireNote;
import io.kaitai.struct.ByteBufferKaitaiStream;
import io.kaitai.struct.KaitaiStream;
import io.kaitai.struct.KaitaiStruct;
import java.nio.ByteOrder;

/** Runs the generated parser on one structure, and reports damaged bytes as errors. */
final class NoteReading {
  /** Versions above are damage. */
  private static final int LATEST = 999;

  private final Bytes bytes;
  private final long fileOffset;
  private final String what;
  private final boolean littleEndian;

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
  }

  /** The constructor of a structure in the generated parser. */
  interface Parser<T> {
    T parse(KaitaiStream stream, KaitaiStruct parent, HardwireNote root, boolean littleEndian);
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
  <T> T parse(Parser<T> parser) {
    HardwireNote root = new HardwireNote(new ByteBufferKaitaiStream(new byte[0]), !littleEndian);
    try {
      return parser.parse(new ByteBufferKaitaiStream(bytes.toArray()), null, root, littleEndian);
    } catch (RuntimeException e) {
      throw new ElfFormatException(
              Refusal.DAMAGED_PATCH, fileOffset, what, "cannot be parsed: " + e.getMessage())
          .causedBy(e);
    }
  }
}

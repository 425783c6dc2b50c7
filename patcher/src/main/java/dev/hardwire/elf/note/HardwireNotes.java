package dev.hardwire.elf.note;

import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Note;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.SegmentType;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The three notes of one patch: they are written together, and a file that was patched twice has
 * them twice.
 */
public record HardwireNotes(PolicyNote policy, SetupNote setup, PatchRecord record) {
  public static final String OWNER = "Hardwire";
  static final int VERSION = 1;
  private static final int NOTES = 3;

  /** Of a note before its descriptor, in bytes: three words, and the owner's name with padding. */
  private static final int HEAD = 24;

  private static final long LARGEST = 1 << 24;

  /** The notes of a file's last patch; empty where it has none. */
  public static Optional<HardwireNotes> last(ElfFile elf) {
    List<Note> all = of(elf.notes());
    if (all.isEmpty()) {
      return Optional.empty();
    }
    List<Note> last = all.subList(Math.max(0, all.size() - NOTES), all.size());
    return Optional.of(
        new HardwireNotes(
            PolicyNote.decode(desc(last, 0, PolicyNote.TYPE), last.get(0).descOffset()),
            SetupNote.decode(desc(last, 1, SetupNote.TYPE), last.get(1).descOffset()),
            PatchRecord.decode(desc(last, 2, PatchRecord.TYPE), last.get(2).descOffset())));
  }

  /** Whether any patch of a file relies on a shared library. */
  public static boolean isNeeded(ElfFile elf) {
    return elf.notes().stream()
        .filter(note -> note.owner().equals(OWNER) && note.type() == SetupNote.TYPE)
        .anyMatch(note -> SetupNote.decode(note.desc(), note.descOffset()).isNeeded());
  }

  /** The policies of all patches, the first one first. */
  public static List<PolicyNote> policies(ElfFile elf) {
    List<PolicyNote> found = new ArrayList<>();
    for (Note note : of(elf.notes())) {
      if (note.type() == PolicyNote.TYPE) {
        found.add(PolicyNote.decode(note.desc(), note.descOffset()));
      }
    }
    return found;
  }

  /** The setups of all patches, the first one first. */
  public static List<SetupNote> setups(ElfFile elf) {
    List<SetupNote> found = new ArrayList<>();
    for (Note note : of(elf.notes())) {
      if (note.type() == SetupNote.TYPE) {
        found.add(SetupNote.decode(note.desc(), note.descOffset()));
      }
    }
    return found;
  }

  /** Whether the kernel enters a patch of a file before the dynamic linker. */
  public static boolean isFirst(ElfFile elf) {
    for (SetupNote setup : setups(elf)) {
      if (setup.isFirst()) {
        return true;
      }
    }
    return false;
  }

  /** The version of the format of all three; reading them has failed if it is another. */
  public int version() {
    return VERSION;
  }

  /** How many notes of this owner a file has. */
  public static long count(ElfFile elf) {
    return of(elf.notes()).size();
  }

  private static List<Note> of(List<Note> notes) {
    List<Note> own = new ArrayList<>();
    for (Note note : notes) {
      if (note.owner().equals(OWNER)) {
        own.add(note);
      }
    }
    return own;
  }

  public static boolean areIn(ElfFile elf, ProgramHeader segment) {
    return segment.type() == SegmentType.NOTE && !of(elf.notes(segment)).isEmpty();
  }

  private static Bytes desc(List<Note> notes, int index, long type) {
    if (index >= notes.size() || notes.get(index).type() != type) {
      Note where = notes.get(Math.min(index, notes.size() - 1));
      throw new ElfFormatException(
          Refusal.DAMAGED_PATCH,
          where.fileOffset(),
          "n_type",
          "the notes of a patch are not policy, setup and record (type 0x%x expected)"
              .formatted(type));
    }
    Bytes desc = notes.get(index).desc();
    if (desc.size() > LARGEST) {
      throw new ElfFormatException(
          Refusal.DAMAGED_PATCH,
          notes.get(index).fileOffset(),
          "n_descsz",
          "%d bytes are more than a patch has".formatted(desc.size()));
    }
    return desc;
  }

  /** Of what {@link #encode} returns, in bytes. */
  public int size() {
    int descriptors = Math.addExact(policy.size() + SetupNote.SIZE, record.size());
    return Math.addExact(NOTES * HEAD, descriptors);
  }

  /**
   * The three notes as they stand in a segment. Every part is a multiple of 8 bytes, so that the
   * result is the same whether the segment's p_align is 4 or 8.
   */
  public Bytes encode(ByteOrder order) {
    ByteWriter writer = new ByteWriter(order, size());
    note(writer, PolicyNote.TYPE, policy.encode(order));
    note(writer, SetupNote.TYPE, setup.encode(order));
    note(writer, PatchRecord.TYPE, record.encode(order));
    return writer.toBytes();
  }

  private static void note(ByteWriter writer, long type, Bytes desc) {
    byte[] name = (OWNER + "\0").getBytes(StandardCharsets.US_ASCII);
    writer.u32(name.length).u32(desc.size()).u32(type).bytes(name).align(8).bytes(desc);
  }
}

package dev.hardwire.verify;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Section;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.elf.note.PatchRecord;
import dev.hardwire.elf.note.PolicyNote;
import dev.hardwire.elf.note.SetupNote;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;

/**
 * Finds what is left in a file that was hard-wired or signed and no longer reads as such. Only a
 * file without any trace counts as one that Hardwire never had to do with.
 */
public final class Traces {
  private static final Set<String> SECTIONS =
      Set.of(".text.hardwire", ".note.hardwire", ".hardwire.sig");
  private static final Set<Long> NOTE_TYPES =
      Set.of(PolicyNote.TYPE, SetupNote.TYPE, PatchRecord.TYPE);
  private static final int EI_DATA = 5;
  private static final int ALIGNMENT = 4;
  private static final int LONGEST = 12;

  private final Bytes file;
  private final long signatures;
  private final long blob;
  private final long notes;

  private Traces(Bytes file) {
    this.file = file;
    this.signatures = word("HWSIGNED");
    this.blob = word("HARDWIRE");
    this.notes = word(HardwireNotes.OWNER);
  }

  /** The text of eight characters as a number in the file's byte order. */
  private long word(String text) {
    return Bytes.wrap(text.getBytes(StandardCharsets.US_ASCII)).withOrder(file.order()).u64(0);
  }

  /** What is left, for people; empty if nothing is. */
  static Optional<String> find(ElfFile elf) {
    Optional<String> section = elf.section(one -> SECTIONS.contains(one.name())).map(Section::name);
    return section.isPresent()
        ? section.map("the section %s"::formatted)
        : new Traces(elf.bytes().withOrder(elf.header().order())).bytes();
  }

  /** Whether there is any trace in a file, which may be damaged. */
  public static boolean isIn(Bytes file) {
    boolean bigEndian = file.size() > EI_DATA && file.u8(EI_DATA) == 2;
    return new Traces(bigEndian ? file.withOrder(ByteOrder.BIG_ENDIAN) : file).bytes().isPresent();
  }

  /**
   * What is left of signatures behind all that is loaded, where they stand; empty if nothing is.
   */
  static Optional<String> ofSignatures(ElfFile elf) {
    long end = elf.loads().stream().mapToLong(ProgramHeader::fileEnd).max().orElse(0);
    Traces traces = new Traces(elf.bytes().withOrder(elf.header().order()));
    for (long at = Math.min(end, traces.file.size()) & -ALIGNMENT;
        at + LONGEST <= traces.file.size();
        at += ALIGNMENT) {
      if (traces.file.u64(at) == traces.signatures && traces.file.u32(at + Long.BYTES) == 1) {
        return Optional.of("signatures at 0x%x".formatted(at));
      }
    }
    return Optional.empty();
  }

  private Optional<String> bytes() {
    long before = 0;
    for (long at = 0; at + LONGEST <= file.size(); at += ALIGNMENT) {
      long word = file.u32(at);
      if (isStart((int) word)) {
        Optional<String> found = at(at, before);
        if (found.isPresent()) {
          return found;
        }
      }
      before = word;
    }
    return Optional.empty();
  }

  private boolean isStart(int word) {
    return word == half(signatures) || word == half(blob) || word == half(notes);
  }

  /** The half of a word that stands first in the file. */
  private int half(long word) {
    return (int) (file.order() == ByteOrder.LITTLE_ENDIAN ? word : word >>> 32);
  }

  private Optional<String> at(long at, long before) {
    long word = file.u64(at);
    boolean versioned = file.u32(at + Long.BYTES) == 1;
    String what =
        word == signatures && versioned
            ? "signatures"
            : word == blob && versioned
                ? "the setup program"
                : word == notes && NOTE_TYPES.contains(before) ? "a note" : null;
    return Optional.ofNullable(what).map(name -> "%s at 0x%x".formatted(name, at));
  }
}

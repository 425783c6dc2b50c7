package dev.hardwire.verify;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Section;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.elf.note.PatchRecord;
import dev.hardwire.elf.note.PolicyNote;
import dev.hardwire.elf.note.SetupNote;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;

/**
 * Finds what is left in a file that was hard-wired or signed and no longer reads as such. Only a
 * file without any trace counts as one that Hardwire never had to do with.
 */
public final class PatchRemnants {
  private static final Set<String> SECTIONS =
      Set.of(".text.hardwire", ".note.hardwire", ".hardwire.sig");
  private static final Set<Long> NOTE_TYPES =
      Set.of(PolicyNote.TYPE, SetupNote.TYPE, PatchRecord.TYPE);
  private static final int EI_DATA = 5;
  private static final int ALIGNMENT = 4;
  private static final int LONGEST = 12;

  /** Bytes that are in memory at a time. */
  private static final int CHUNK = 1 << 17;

  private final Bytes file;
  private final long signatures;
  private final long blob;
  private final long notes;

  private PatchRemnants(Bytes file) {
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
        : new PatchRemnants(elf.bytes().withOrder(elf.header().order())).bytes();
  }

  /** Whether there is any trace in a file, which may be damaged. */
  public static boolean isIn(Bytes file) {
    boolean bigEndian = file.size() > EI_DATA && file.u8(EI_DATA) == 2;
    return new PatchRemnants(bigEndian ? file.withOrder(ByteOrder.BIG_ENDIAN) : file)
        .bytes()
        .isPresent();
  }

  /**
   * What is left of signatures behind all that is loaded, where they stand; empty if nothing is.
   */
  static Optional<String> ofSignatures(ElfFile elf) {
    long end = elf.loads().stream().mapToLong(ProgramHeader::fileEnd).max().orElse(0);
    PatchRemnants traces = new PatchRemnants(elf.bytes().withOrder(elf.header().order()));
    int start = traces.half(traces.signatures);
    return traces.scan(Math.min(end, traces.file.size()) & -ALIGNMENT, start, start, start);
  }

  private Optional<String> bytes() {
    return scan(0, half(signatures), half(blob), half(notes));
  }

  /**
   * Looks at every word from {@code from} on; {@code one}, {@code two} and {@code three} start a
   * trace.
   */
  private Optional<String> scan(long from, int one, int two, int three) {
    byte[] chunk = new byte[CHUNK];
    ByteBuffer words = ByteBuffer.wrap(chunk).order(file.order());
    long before = 0;
    for (long start = from; start + LONGEST <= file.size(); start += CHUNK) {
      long end = Math.min(file.read(start, chunk), file.size() - LONGEST + 1 - start);
      for (int i = 0; i < end; i += ALIGNMENT) {
        int word = words.getInt(i);
        if (word == one || word == two || word == three) {
          Optional<String> found = at(start + i, before);
          if (found.isPresent()) {
            return found;
          }
        }
        before = word & 0xffff_ffffL;
      }
    }
    return Optional.empty();
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

package dev.hardwire.patch;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.Change;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.elf.note.PatchRecord;
import java.util.List;
import java.util.Optional;

/** Gives the original back from a patched file and its patch record. */
public final class OriginalBytes {
  private OriginalBytes() {}

  /**
   * Undoes a patch.
   *
   * @throws ElfFormatException if the result is not the file whose digest the record states
   */
  public static Bytes of(Bytes patched, PatchRecord record) {
    Bytes original = unchecked(patched, record);
    requireIntact(original, record);
    return original;
  }

  /**
   * The program below all of its patches; a program without a patch as it is.
   *
   * @throws ElfFormatException if it is damaged, or was changed since it was patched
   */
  public static Bytes beforeAll(Bytes program) {
    Bytes found = program;
    for (; ; ) {
      ElfFile elf = SignedBytes.unsigned(ElfFile.parse(found));
      Optional<HardwireNotes> notes = HardwireNotes.last(elf);
      if (notes.isEmpty()) {
        return found;
      }
      found = of(elf.bytes(), notes.get().record());
    }
  }

  /**
   * Undoes a patch of a file that may have been changed since.
   *
   * @throws ElfFormatException if the file is too short
   */
  public static Bytes unchecked(Bytes patched, PatchRecord record) {
    if (record.originalSize() > patched.size()) {
      throw rewritten(
          "the original had %d bytes, this file has %d"
              .formatted(record.originalSize(), patched.size()),
          null);
    }
    List<Change> changes =
        record.ranges().stream().map(range -> new Change(range.offset(), range.old())).toList();
    return patched.slice(0, record.originalSize()).withChanges(changes);
  }

  /**
   * Reads an undone patch.
   *
   * @throws ElfFormatException if it is no executable, as the file was rewritten
   */
  public static ElfFile read(Bytes original) {
    try {
      return ElfFile.parse(original);
    } catch (ElfFormatException e) {
      throw rewritten("the original cannot be recovered", e);
    }
  }

  private static ElfFormatException rewritten(String found, ElfFormatException cause) {
    return new ElfFormatException(
            Refusal.REWRITTEN,
            0,
            "patch record",
            "the file was rewritten after it was patched, as strip, objcopy and patchelf do: "
                + found)
        .causedBy(cause);
  }

  /** Throws unless an undone patch gave the file whose digest the record states. */
  public static void requireIntact(Bytes original, PatchRecord record) {
    if (!original.sha256().equals(record.originalSha256())) {
      read(original);
      throw damaged(
          "the bytes that the patch left alone are not the original's any more: the file was"
              + " changed after it was patched, by strip for example");
    }
  }

  private static ElfFormatException damaged(String reason) {
    return new ElfFormatException(Refusal.DAMAGED_PATCH, 0, "patch record", reason);
  }
}

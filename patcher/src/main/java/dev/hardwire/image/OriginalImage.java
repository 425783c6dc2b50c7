package dev.hardwire.image;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.Change;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.note.PatchRecord;
import java.util.List;

/** Gives the original back from a patched file and its patch record. */
public final class OriginalImage {
  private OriginalImage() {}

  /**
   * Undoes a patch.
   *
   * @throws ElfFormatException if the result is not the file whose digest the record states
   */
  public static Bytes of(Bytes patched, PatchRecord record) {
    if (record.originalSize() > patched.size()) {
      throw damaged(
          "the original was larger than this file: %d bytes".formatted(record.originalSize()));
    }
    List<Change> changes =
        record.ranges().stream().map(range -> new Change(range.offset(), range.old())).toList();
    Bytes original = patched.slice(0, record.originalSize()).withChanges(changes);
    if (!original.sha256().equals(record.originalSha256())) {
      throw damaged(
          "the bytes that the patch left alone are not the original's any more: the file was changed after it was"
              + " patched, by strip for example");
    }
    return original;
  }

  private static ElfFormatException damaged(String reason) {
    return new ElfFormatException(Refusal.DAMAGED_PATCH, 0, "patch record", reason);
  }
}

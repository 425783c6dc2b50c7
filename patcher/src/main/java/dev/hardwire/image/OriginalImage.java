package dev.hardwire.image;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.note.PatchRecord;

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
    byte[] result = patched.slice(0, record.originalSize()).toArray();
    for (PatchRecord.Range range : record.ranges()) {
      System.arraycopy(
          range.old().toArray(),
          0,
          result,
          Math.toIntExact(range.offset()),
          Math.toIntExact(range.old().size()));
    }
    Bytes original = Bytes.wrap(result).withOrder(patched.order());
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

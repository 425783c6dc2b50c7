package dev.hardwire.verify;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.elf.note.PatchRecord;
import dev.hardwire.patch.OriginalBytes;
import java.util.Optional;

/**
 * What a patch was made of. A file that was changed since is compared with the given original, or
 * with what comes closest, so that the other checks can name what was changed.
 */
final class UndoneLayer {
  private final PatchLayer layer;
  private final Optional<Bytes> given;
  private Optional<ElfFile> original = Optional.empty();

  /**
   * Makes one that is not undone yet.
   *
   * @param given what the user says that was patched
   */
  UndoneLayer(PatchLayer layer, Optional<Bytes> given) {
    this.layer = layer;
    this.given = given;
  }

  /** Empty before the check, and where nothing readable comes back. */
  Optional<ElfFile> original() {
    return original;
  }

  String check() {
    PatchRecord record = layer.notes().record();
    Bytes restored = OriginalBytes.unchecked(layer.elf().bytes(), record);
    Optional<Bytes> same = given.filter(restored::equals); // faster than another digest
    Optional<Bytes> known =
        same.or(() -> given.filter(bytes -> bytes.sha256().equals(record.originalSha256())));
    ElfFile before = known.isPresent() ? ElfFile.parse(known.get()) : OriginalBytes.read(restored);
    original = Optional.of(before);
    OriginalBytes.requireIntact(restored, record);
    long notesBefore = HardwireNotes.count(before);
    long notesNow = HardwireNotes.count(layer.elf());
    CheckList.require(
        notesNow - notesBefore == Verifier.NOTES_PER_LAYER,
        "%d notes where the original has %d; a patch adds %d"
            .formatted(notesNow, notesBefore, Verifier.NOTES_PER_LAYER));
    return "gives back the original, SHA-256 %s".formatted(record.originalSha256().hex());
  }
}

package dev.hardwire.work;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.elf.note.PatchRecord;
import dev.hardwire.output.Outputs;
import dev.hardwire.output.PendingOutput;
import dev.hardwire.patch.OriginalBytes;
import dev.hardwire.patch.SignedBytes;
import java.nio.file.Path;
import java.util.Optional;

/** Gives the original of a patched file back. Of a stacked patch, the last layer is undone. */
public final class Restoration {
  private Restoration() {}

  /**
   * A restored file.
   *
   * @param target the file that was written
   * @param sha256 its SHA-256 in hexadecimal digits, as the patch record states it
   * @param size in bytes
   */
  public record Result(Path target, String sha256, long size) {}

  /**
   * The original of a patched program that is in memory.
   *
   * @throws ElfFormatException if it is not patched, is damaged, or was changed since
   */
  public static Bytes original(Bytes program) {
    ElfFile elf = SignedBytes.unsigned(ElfFile.parse(program));
    HardwireNotes notes = HardwireNotes.last(elf).orElseThrow(ElfFormatException::notPatched);
    return OriginalBytes.of(elf.bytes(), notes.record());
  }

  /** Restores files; those that were found and are not patched are skipped. */
  public static ProgramWork<Result> work(Outputs outputs) {
    return ProgramWork.opening(
        (program, messages) -> {
          ElfFile elf = SignedBytes.unsigned(program.elf());
          Optional<HardwireNotes> notes = HardwireNotes.last(elf);
          if (notes.isEmpty() && !program.entry().named()) {
            return Outcome.skipped(Refused.NOT_PATCHED);
          }
          PatchRecord record = notes.orElseThrow(ElfFormatException::notPatched).record();
          int layers = HardwireNotes.policies(elf).size();
          try (PendingOutput output = outputs.begin(program)) {
            output.copyBase();
            Path file = program.entry().file();
            messages.note(
                file,
                "patch %d of %d is undone: it gives back %s"
                    .formatted(layers, layers, record.described()));
            if (SignedBytes.isSigned(program.elf())) {
              messages.note(file, "its signatures are removed, as they are of the patched file");
            }
            Bytes original = OriginalBytes.of(elf.bytes(), record);
            Path target = output.writeFirst(original, messages);
            String sha256 = record.originalSha256().hex();
            return Outcome.done(
                target, new Result(target, sha256, record.originalSize()), messages);
          }
        });
  }
}

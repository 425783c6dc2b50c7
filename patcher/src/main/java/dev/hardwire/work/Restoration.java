package dev.hardwire.work;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.elf.note.PatchRecord;
import dev.hardwire.input.ProgramFile;
import dev.hardwire.output.Outputs;
import dev.hardwire.output.PendingOutput;
import dev.hardwire.output.Warnings;
import dev.hardwire.patch.OriginalBytes;
import dev.hardwire.patch.SignedBytes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Gives the original of a patched file back. Of a stacked patch, the last layer is undone. */
public final class Restoration {
  private final ElfFile patched;
  private final Path file;
  private final PatchRecord record;
  private final int layers;
  private final boolean signed;

  private Restoration(Path file, ElfFile patched, PatchRecord record, int layers, boolean signed) {
    this.file = file;
    this.patched = patched;
    this.record = record;
    this.layers = layers;
    this.signed = signed;
  }

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
          Optional<Restoration> found =
              program.entry().named() ? Optional.of(of(program)) : find(program);
          if (found.isEmpty()) {
            return Outcome.skipped(Refused.NOT_PATCHED);
          }
          try (PendingOutput output = outputs.begin(program)) {
            Result result = found.get().write(output, messages);
            return Outcome.done(result.target(), result, messages);
          }
        });
  }

  /**
   * The restoration of a file; empty if it is not patched.
   *
   * @throws ElfFormatException if the file or its notes are damaged
   */
  private static Optional<Restoration> find(ProgramFile program) {
    ElfFile elf = SignedBytes.unsigned(program.elf());
    return HardwireNotes.last(elf)
        .map(
            notes ->
                new Restoration(
                    program.entry().file(),
                    elf,
                    notes.record(),
                    HardwireNotes.policies(elf).size(),
                    SignedBytes.isSigned(program.elf())));
  }

  /**
   * The restoration of a file that has to be patched.
   *
   * @throws ElfFormatException if it is not, or is damaged
   */
  private static Restoration of(ProgramFile program) {
    return find(program).orElseThrow(ElfFormatException::notPatched);
  }

  /**
   * Writes the original.
   *
   * @throws ElfFormatException if the patched file was changed since, so that its original cannot
   *     be given back
   */
  private Result write(PendingOutput output, Warnings warnings) throws IOException {
    output.copyBase();
    warnings.note(
        file,
        "patch %d of %d is undone: it gives back %s".formatted(layers, layers, record.described()));
    if (signed) {
      warnings.note(file, "its signatures are removed, as they are of the patched file");
    }
    Path target = output.writeFirst(OriginalBytes.of(patched.bytes(), record), warnings);
    return new Result(target, record.originalSha256().hex(), record.originalSize());
  }
}

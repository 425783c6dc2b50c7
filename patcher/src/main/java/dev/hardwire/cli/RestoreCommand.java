package dev.hardwire.cli;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.image.OriginalImage;
import dev.hardwire.image.SignedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hardwire restore}. */
@Command(
    name = "restore",
    description = "Give the originals back, bit for bit. Of a stacked patch, the last is undone.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class RestoreCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private OutputOptions output;

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "Hard-wired executables.")
  private List<Path> files;

  @Override
  public Integer call() throws IOException {
    output.check(files);
    return new FileRunner(spec, 1).run(files, this::restore);
  }

  private void restore(Path file, PrintWriter out) throws IOException {
    ElfFile elf = SignedImage.unsigned(ElfFile.parse(InputFile.read(file)));
    HardwireNotes notes =
        HardwireNotes.last(elf)
            .orElseThrow(
                () ->
                    new ElfFormatException(
                        Refusal.NOT_PATCHED, 0, "PT_NOTE", "the file is not hard-wired"));
    Bytes original = OriginalImage.of(elf.bytes(), notes.record());
    Path target = output.write(file, original, spec.commandLine().getErr());
    out.println(
        "%s: restored, SHA-256 %s".formatted(target, notes.record().originalSha256().hex()));
  }
}

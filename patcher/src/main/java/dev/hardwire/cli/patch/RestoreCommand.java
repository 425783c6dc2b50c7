package dev.hardwire.cli.patch;

import dev.hardwire.batch.FileTree;
import dev.hardwire.batch.TreeEntry;
import dev.hardwire.bytes.ByteParts;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.cli.files.Batch;
import dev.hardwire.cli.files.FileCommand;
import dev.hardwire.cli.input.ProgramFile;
import dev.hardwire.cli.options.BatchOptions;
import dev.hardwire.cli.options.OutputOptions;
import dev.hardwire.cli.options.PendingOutput;
import dev.hardwire.cli.options.TreeOptions;
import dev.hardwire.cli.report.CountingReport;
import dev.hardwire.cli.report.FileResult;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.elf.note.PatchRecord;
import dev.hardwire.image.OriginalImage;
import dev.hardwire.image.SignedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hardwire restore}. */
@Command(
    name = "restore",
    description =
        "Restore the original files bit for bit. From a stacked patch, the last policy is"
            + " removed.",
    footerHeading = "%nExample:%n",
    footer = "  hardwire restore -o tar tar-wired",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class RestoreCommand extends FileCommand {
  @Mixin final OutputOptions output = new OutputOptions();
  @Mixin final TreeOptions trees = new TreeOptions();
  @Mixin final BatchOptions batch = new BatchOptions();

  @Option(names = "--json", description = "Print the result for each file as a JSON document.")
  boolean json;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "Hard-wired executables; with --recursive also directories.")
  List<Path> arguments;

  @Override
  public Integer call() throws IOException {
    output.check(arguments, trees.isRecursive());
    FileTree.Listing files = trees.list(arguments, output.directory());
    output.prepare(files.entries());
    PrintWriter stdout = streams().out();
    return new Batch(
            streams(), batch, new CountingReport(stdout, "restored", trees.isRecursive(), json))
        .run(files, this::restore);
  }

  private FileResult restore(TreeEntry entry, PrintWriter out, PrintWriter err) throws IOException {
    try (ProgramFile program = ProgramFile.open(entry)) {
      return program.skipped().isPresent()
          ? FileResult.skipped(program.skipped().get())
          : restore(entry, program, out, err);
    }
  }

  private FileResult restore(TreeEntry entry, ProgramFile program, PrintWriter out, PrintWriter err)
      throws IOException {
    ElfFile elf = SignedImage.unsigned(ElfFile.parse(program.content()));
    Optional<HardwireNotes> notes = HardwireNotes.last(elf);
    if (notes.isEmpty() && !entry.named()) {
      return FileResult.skipped(Refusal.NOT_PATCHED.id());
    }
    PatchRecord record =
        notes
            .orElseThrow(
                () ->
                    new ElfFormatException(
                        Refusal.NOT_PATCHED, 0, "PT_NOTE", "the file is not hard-wired"))
            .record();
    Path target;
    try (PendingOutput draft = output.begin(entry, program.onDisk())) {
      Bytes original = OriginalImage.of(elf.bytes(), record);
      target = draft.write(ByteParts.of(original), ByteParts::of, err);
    }
    out.println(
        "%s: restored, SHA-256 %s"
            .formatted(TerminalText.of(target), record.originalSha256().hex()));
    return FileResult.done(target);
  }
}

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
import dev.hardwire.cli.options.QuickWords;
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
    description = "Give the originals back, bit for bit. Of a stacked patch, the last is undone.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class RestoreCommand extends FileCommand {
  @Mixin private final OutputOptions output = new OutputOptions();
  @Mixin private final TreeOptions trees = new TreeOptions();
  @Mixin private final BatchOptions batch = new BatchOptions();

  @Option(names = "--json", description = "Print a JSON document that says what became of files.")
  private boolean json;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "Hard-wired executables; with --recursive also directories.")
  private List<Path> arguments;

  @Override
  public boolean take(QuickWords words) {
    if (words.option().equals("--json")) {
      json = words.flag();
      return true;
    }
    return output.take(words) || trees.take(words) || batch.take(words);
  }

  @Override
  public void take(List<Path> files) {
    arguments = files;
  }

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
    try (PendingOutput draft = output.begin(entry, program.source(), program.onDisk())) {
      Bytes original = OriginalImage.of(elf.bytes(), record);
      target = draft.write(ByteParts.of(original), ByteParts::of, err);
    }
    out.println(
        "%s: restored, SHA-256 %s"
            .formatted(TerminalText.of(target), record.originalSha256().hex()));
    return FileResult.done(target);
  }
}

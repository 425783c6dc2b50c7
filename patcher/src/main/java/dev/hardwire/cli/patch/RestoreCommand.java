package dev.hardwire.cli.patch;

import dev.hardwire.batch.FileTree;
import dev.hardwire.batch.TreeEntry;
import dev.hardwire.cli.files.Batch;
import dev.hardwire.cli.files.FileCommand;
import dev.hardwire.cli.options.BatchOptions;
import dev.hardwire.cli.options.OutputOptions;
import dev.hardwire.cli.options.QuickWords;
import dev.hardwire.cli.options.TreeOptions;
import dev.hardwire.cli.report.CountingReport;
import dev.hardwire.cli.report.FileResult;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.cli.report.WarningLines;
import dev.hardwire.core.Refused;
import dev.hardwire.core.Restoration;
import dev.hardwire.core.files.Outputs;
import dev.hardwire.core.files.PendingOutput;
import dev.hardwire.core.files.ProgramFile;
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
    Outputs outputs = output.prepare(files.entries());
    PrintWriter stdout = streams().out();
    return new Batch(
            streams(), batch, new CountingReport(stdout, "restored", trees.isRecursive(), json))
        .run(files, (entry, out, err) -> restore(outputs, entry, out, err));
  }

  private static FileResult restore(
      Outputs outputs, TreeEntry entry, PrintWriter out, PrintWriter err) throws IOException {
    try (ProgramFile program = ProgramFile.open(entry)) {
      return program.skipped().isPresent()
          ? FileResult.skipped(program.skipped().get())
          : restore(outputs, program, out, new WarningLines(err));
    }
  }

  private static FileResult restore(
      Outputs outputs, ProgramFile program, PrintWriter out, WarningLines warnings)
      throws IOException {
    TreeEntry entry = program.entry();
    Optional<Restoration> found =
        entry.named() ? Optional.of(Restoration.of(program)) : Restoration.find(program);
    if (found.isEmpty()) {
      return FileResult.skipped(Refused.NOT_PATCHED);
    }
    try (PendingOutput output = outputs.begin(program)) {
      Restoration.Result restored = found.get().write(output, warnings);
      out.println(
          "%s: restored, SHA-256 %s"
              .formatted(TerminalText.of(restored.target()), restored.sha256()));
      return FileResult.done(restored.target());
    }
  }
}

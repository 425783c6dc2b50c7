package dev.hardwire.cli.patch;

import dev.hardwire.batch.FileTree;
import dev.hardwire.batch.TreeEntry;
import dev.hardwire.cli.files.Batch;
import dev.hardwire.cli.files.FileCommand;
import dev.hardwire.cli.options.BatchOptions;
import dev.hardwire.cli.options.OutputOptions;
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
    Outputs outputs = output.prepare(files.entries());
    PrintWriter stdout = streams().out();
    return new Batch(
            streams(), batch, new CountingReport(stdout, "restored", trees.isRecursive(), json))
        .run(files, (entry, out, warnings) -> restore(outputs, entry, out, warnings));
  }

  private static FileResult restore(
      Outputs outputs, TreeEntry entry, PrintWriter out, WarningLines warnings) throws IOException {
    try (ProgramFile program = ProgramFile.open(entry)) {
      return program.skipped().isPresent()
          ? FileResult.skipped(program.skipped().get())
          : restore(outputs, program, out, warnings);
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

package dev.hardwire.cli.patch;

import dev.hardwire.Destination;
import dev.hardwire.FileResult;
import dev.hardwire.FileWork;
import dev.hardwire.FoundFile;
import dev.hardwire.Hardwire;
import dev.hardwire.RestoreResult;
import dev.hardwire.cli.files.Batch;
import dev.hardwire.cli.files.FileCommand;
import dev.hardwire.cli.files.WorkLines;
import dev.hardwire.cli.options.BatchOptions;
import dev.hardwire.cli.options.OutputOptions;
import dev.hardwire.cli.options.TreeOptions;
import dev.hardwire.cli.report.CountingReport;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.container.Attester;
import dev.hardwire.container.ContainerWriter;
import dev.hardwire.container.ImagePrograms;
import dev.hardwire.container.archive.UnpackLimit;
import dev.hardwire.manifest.FoundFiles;
import dev.hardwire.manifest.ImagePatch;
import dev.hardwire.trees.FileTree;
import dev.hardwire.work.ToolVersion;
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
    footer = "  hardwire restore -o tar tar-wired",
    mixinStandardHelpOptions = true)
public final class RestoreCommand extends FileCommand {
  @Mixin final OutputOptions output = new OutputOptions();
  @Mixin final TreeOptions trees = new TreeOptions();
  @Mixin final BatchOptions batch = new BatchOptions();

  @Option(names = "--json", description = "Print the result for each file as a JSON document.")
  boolean json;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description =
          "Hard-wired executables, or one container image or package with such programs;"
              + " with --recursive also directories.")
  List<Path> arguments;

  @Override
  public Integer call() throws IOException {
    if (arguments.size() == 1 && ImagePrograms.isImage(arguments.get(0))) {
      return restoreImage(arguments.get(0));
    }
    output.check(arguments, trees.isRecursive());
    FileTree.Listing files = trees.list(arguments, output.directory());
    List<FoundFile> found = FoundFiles.of(files.entries());
    Destination destination = batch.grouped(output.destination(), found.size());
    FileWork<RestoreResult> work = Hardwire.restore(found).each(destination);
    PrintWriter stdout = streams().out();
    return new Batch(
            streams(),
            batch,
            new CountingReport(stdout, "restored", trees.isRecursive(), json),
            Optional.of(destination))
        .run(files, new WorkLines<>(work, RestoreCommand::line));
  }

  /** Restores the programs of an image or a package, in the layers that have them. */
  private int restoreImage(Path image) throws IOException {
    Path target = output.ofImage(image);
    try (ImagePrograms programs = new ImagePrograms(UnpackLimit.USUAL)) {
      FileTree.Listing found = new FileTree.Listing(programs.add(image), 0, 0);
      ImagePatch restoration = new ImagePatch(programs);
      FileWork<RestoreResult> work =
          Hardwire.restore(FoundFiles.of(found.entries())).each(restoration.destination());
      CountingReport report = new CountingReport(streams().out(), "restored", true, json);
      int code =
          new Batch(streams(), batch, report)
              .run(
                  found,
                  (entry, out, warnings) -> {
                    FileResult<RestoreResult> result = restoration.run(work, entry, warnings);
                    if (result.result().isPresent()) {
                      out.println(
                          TerminalText.of(entry.file())
                              + ": restored, SHA-256 "
                              + result.result().get().sha256());
                    }
                    return WorkLines.told(result, out);
                  });
      if (code == ExitCode.OK.code()) {
        if (programs.isPackage()) {
          programs.writeOriginalPackage(target).stream()
              .map(TerminalText::of)
              .forEach(streams().out()::println);
        } else {
          programs.writeImage(
              target, new ContainerWriter.Request(ToolVersion.text(), true, Attester.NONE));
        }
      }
      return code;
    }
  }

  private static String line(RestoreResult restored) {
    return "%s: restored, SHA-256 %s"
        .formatted(TerminalText.of(restored.file()), restored.sha256());
  }
}

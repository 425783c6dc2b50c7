package dev.hardwire.cli.patch;

import dev.hardwire.batch.TreeEntry;
import dev.hardwire.cli.files.Batch;
import dev.hardwire.cli.files.ImagePrograms;
import dev.hardwire.cli.report.FileResult;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.cli.report.WarningLines;
import dev.hardwire.core.FilePatcher;
import dev.hardwire.core.FileSigner;
import dev.hardwire.core.Patch;
import dev.hardwire.core.VerificationFailure;
import dev.hardwire.core.files.OutputFile;
import dev.hardwire.core.files.ProgramFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;

/** Patches programs of a container image, one after the other, and prints a line for each. */
final class ImageRun implements Batch.Action {
  private final ImagePrograms programs;
  private final FilePatcher patcher;
  private final Optional<FileSigner> signer;
  private final boolean checks;

  /**
   * A run.
   *
   * @param checks whether nothing is patched
   */
  ImageRun(
      ImagePrograms programs, FilePatcher patcher, Optional<FileSigner> signer, boolean checks) {
    this.programs = programs;
    this.patcher = patcher;
    this.signer = signer;
    this.checks = checks;
  }

  @Override
  public FileResult run(TreeEntry entry, PrintWriter out, WarningLines warnings)
      throws IOException, VerificationFailure {
    try (ProgramFile program = programs.open(entry)) {
      if (program.skipped().isPresent()) {
        return FileResult.skipped(program.skipped().get());
      }
      program.elf(); // a damaged file is refused before anything else
      Optional<String> library =
          patcher.settings().sharedLibraries() ? Optional.empty() : program.skipsLibrary();
      return library.isPresent()
          ? FileResult.skipped(library.get())
          : patch(program, out, warnings);
    }
  }

  private FileResult patch(ProgramFile program, PrintWriter out, WarningLines warnings)
      throws IOException, VerificationFailure {
    TreeEntry entry = program.entry();
    String shown = TerminalText.of(entry.file());
    if (patcher.isResult(program, signer, Optional.empty())) {
      warnings.note(entry.file(), PatchRun.SAME);
      out.println(shown + ": already");
      return FileResult.already(entry.file());
    }
    Patch patch = patcher.plan(program, warnings);
    if (checks) {
      out.println(shown + ": would be patched");
      return FileResult.done(entry.file());
    }
    PatchRun.noteSigner(signer, entry, warnings);
    Patch.Made made = patch.make(signer);
    Path content = programs.work().newFile();
    OutputFile.write(content, made.content());
    ImagePrograms.Source source = programs.source(entry);
    synchronized (source.image()) {
      source.image().replace(source.program(), content);
    }
    out.println(PatchRun.line(patch.result(entry.file(), made), signer));
    return FileResult.done(entry.file());
  }
}

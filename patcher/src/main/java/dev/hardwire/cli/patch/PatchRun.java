package dev.hardwire.cli.patch;

import dev.hardwire.batch.TreeEntry;
import dev.hardwire.cli.files.Batch;
import dev.hardwire.cli.report.FileResult;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.cli.report.WarningLines;
import dev.hardwire.cli.sign.FurtherSignatures;
import dev.hardwire.core.ExistingPatch;
import dev.hardwire.core.FilePatcher;
import dev.hardwire.core.FileSigner;
import dev.hardwire.core.Patch;
import dev.hardwire.core.Signed;
import dev.hardwire.core.VerificationFailure;
import dev.hardwire.core.files.InputFile;
import dev.hardwire.core.files.Outputs;
import dev.hardwire.core.files.PendingOutput;
import dev.hardwire.core.files.ProgramFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Patches one file after the other, and prints a line for each. */
final class PatchRun implements Batch.Action {
  /** How far the work on each file goes. */
  enum Extent {
    /** The plan is printed. */
    PRINT_PLAN,
    /** It is printed whether the file would be patched. */
    CHECK,
    /** The file is patched. */
    WRITE,
    /** The file is patched, unless an earlier run has done so. */
    WRITE_CHANGED
  }

  /** Why a file is left as it is. */
  static final String SAME =
      "its tables, stub, setup program and notes are those that this patch would write";

  private final Extent extent;
  private final FilePatcher patcher;
  private final Optional<Outputs> outputs;
  private final Optional<FileSigner> signer;
  private final FurtherSignatures further;

  /**
   * A run.
   *
   * @param outputs empty only where plans are printed
   */
  PatchRun(
      Extent extent,
      FilePatcher patcher,
      Optional<Outputs> outputs,
      Optional<FileSigner> signer,
      FurtherSignatures further) {
    this.extent = extent;
    this.patcher = patcher;
    this.outputs = outputs;
    this.signer = signer;
    this.further = further;
  }

  @Override
  public FileResult run(TreeEntry entry, PrintWriter out, WarningLines warnings)
      throws IOException, VerificationFailure {
    Optional<Path> earlier = earlier(entry);
    if (earlier.isPresent()) {
      warnings.note(entry.file(), earlier.get() + " is newer; " + SAME);
      return already(entry, earlier.get(), out);
    }
    try (ProgramFile program = ProgramFile.open(entry)) {
      return program.skipped().isPresent()
          ? FileResult.skipped(program.skipped().get())
          : patch(program, out, warnings);
    }
  }

  private FileResult patch(ProgramFile program, PrintWriter out, WarningLines warnings)
      throws IOException, VerificationFailure {
    TreeEntry entry = program.entry();
    program.elf(); // a damaged file is refused before anything else
    Optional<String> library =
        patcher.settings().sharedLibraries() ? Optional.empty() : program.skipsLibrary();
    if (library.isPresent()) {
      return FileResult.skipped(library.get());
    }
    if (outputs.isPresent()
        && outputs.get().place().isInPlace()
        && patcher.isResult(program, signer, Optional.empty())) {
      warnings.note(entry.file(), SAME);
      return already(entry, entry.file(), out);
    }
    if (extent == Extent.CHECK) {
      patcher.plan(program, warnings);
      out.println(entry.file() + ": would be patched");
      return FileResult.done(outputs.orElseThrow().checkedTarget(entry));
    }
    if (extent == Extent.PRINT_PLAN) {
      Patch patch = patcher.plan(program, warnings);
      out.println(TerminalText.of(entry.file()) + ":");
      patch.lines().forEach(line -> out.println("  " + line));
      return FileResult.done(entry.file());
    }
    noteSigner(signer, entry, warnings);
    try (PendingOutput output = outputs.orElseThrow().begin(program)) {
      return write(
          patcher.plan(program, output::copyBase, warnings).write(output, signer, warnings), out);
    }
  }

  private FileResult write(Patch.Result patched, PrintWriter out)
      throws IOException, VerificationFailure {
    if (patched.signed().isPresent()) {
      further.make(signer.orElseThrow(), patched.target(), patched.signed().get());
    }
    out.println(line(patched, signer));
    return FileResult.done(patched.target());
  }

  /** Says how a file will be signed. */
  static void noteSigner(Optional<FileSigner> signer, TreeEntry entry, WarningLines warnings) {
    signer.ifPresent(one -> warnings.note(entry.file(), "to be signed: " + one.described()));
  }

  /** What is printed about a patched file. */
  static String line(Patch.Result patched, Optional<FileSigner> signer) {
    return TerminalText.of(patched.target())
        + ": "
        + (patched.hook().isPresent()
            ? "hook " + patched.hook().get()
            : "needs " + patched.library().orElseThrow())
        + ", "
        + patched.growth()
        + " bytes larger"
        + (signer.isPresent() ? ", signed by " + signer.get().identity().subject() : "");
  }

  private FileResult already(TreeEntry entry, Path target, PrintWriter out)
      throws IOException, VerificationFailure {
    if (extent == Extent.WRITE || extent == Extent.WRITE_CHANGED) {
      outputs.orElseThrow().link(entry);
      if (signer.isPresent() && further.isGiven()) {
        try (InputFile done = InputFile.open(target)) {
          further.make(signer.get(), target, Signed.read(done.bytes()));
        }
      }
    }
    out.println(TerminalText.of(target) + ": already");
    return FileResult.already(target);
  }

  /** The result of an earlier run on a tree, if this run would write the same. */
  private Optional<Path> earlier(TreeEntry entry) throws IOException {
    if (extent == Extent.WRITE
        || extent == Extent.PRINT_PLAN
        || outputs.orElseThrow().place().directory().isEmpty()
        || patcher.settings().existing() != ExistingPatch.REFUSE) {
      return Optional.empty();
    }
    Optional<Path> target = outputs.get().earlierResult(entry);
    return target.isPresent() && patcher.isResult(target.get(), signer, Files.size(entry.file()))
        ? target
        : Optional.empty();
  }
}

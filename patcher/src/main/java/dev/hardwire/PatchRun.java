package dev.hardwire;

import dev.hardwire.input.InputFile;
import dev.hardwire.input.ProgramFile;
import dev.hardwire.output.Outputs;
import dev.hardwire.output.PendingOutput;
import dev.hardwire.patch.plan.PatchSettings;
import dev.hardwire.trees.TreeEntry;
import dev.hardwire.work.FilePatcher;
import dev.hardwire.work.FileSigner;
import dev.hardwire.work.Patch;
import dev.hardwire.work.Signed;
import dev.hardwire.work.VerificationFailure;
import dev.hardwire.work.attest.Signing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Patches files, each unless it has been patched in the same way. */
final class PatchRun implements ProgramWork<PatchResult> {
  /** Why a file is left as it is. */
  private static final String SAME =
      "its tables, stub, setup program and notes are those that this patch would write";

  private final FilePatcher patcher;
  private final Destination destination;
  private final Outputs outputs;
  private final Optional<Signing> signing;
  private final boolean writes;

  /**
   * A run.
   *
   * @param writes whether files are patched; otherwise only what would be done is found out
   */
  PatchRun(
      FilePatcher patcher,
      Destination destination,
      Outputs outputs,
      Optional<Signing> signing,
      boolean writes) {
    this.patcher = patcher;
    this.destination = destination;
    this.outputs = outputs;
    this.signing = signing;
    this.writes = writes;
  }

  /** The work on files. */
  FileWork<PatchResult> work() {
    FileWork<PatchResult> patch = opening(destination.group());
    if (!destination.keepsResults()
        || patcher.settings().existing() != PatchSettings.Existing.REFUSE) {
      return patch;
    }
    return (file, messages) -> {
      Optional<FileResult<PatchResult>> earlier = Failure.translated(() -> earlier(file, messages));
      return earlier.isPresent() ? earlier.get() : patch.run(file, messages);
    };
  }

  /** The work on files, even if they were patched in the same way. */
  FileWork<PatchResult> always() {
    ProgramWork<PatchResult> write = this::write;
    return write.opening(destination.group());
  }

  /** Plans what {@link #work} would do; results of earlier runs do not count. */
  FileWork<List<String>> plans() {
    ProgramWork<List<String>> plan = this::plan;
    return plan.opening(Optional.empty());
  }

  /** Plans patches for which there is no destination. */
  static FileWork<List<String>> plans(FilePatcher patcher) {
    ProgramWork<List<String>> plan =
        (program, messages) -> {
          Optional<String> skipped = patcher.skips(program);
          return skipped.isPresent()
              ? FileResult.skipped(skipped.get())
              : lines(patcher, program, messages);
        };
    return plan.opening(Optional.empty());
  }

  @Override
  public FileResult<PatchResult> run(ProgramFile program, WorkMessages messages)
      throws IOException, VerificationFailure {
    Optional<FileResult<PatchResult>> left = leftAlone(program, messages);
    if (left.isPresent()) {
      return left.get();
    }
    if (!writes) {
      patcher.plan(program, messages);
      return FileResult.pending(outputs.checkedTarget(program.entry()));
    }
    Path file = program.entry().file();
    signer().ifPresent(key -> messages.note(file, "to be signed: " + key.described()));
    return write(program, messages);
  }

  private FileResult<List<String>> plan(ProgramFile program, WorkMessages messages)
      throws IOException, VerificationFailure {
    Optional<FileResult<List<String>>> left = leftAlone(program, messages);
    return left.isPresent() ? left.get() : lines(patcher, program, messages);
  }

  /** The result for a file that is skipped, or was patched in the same way. */
  private <T> Optional<FileResult<T>> leftAlone(ProgramFile program, WorkMessages messages)
      throws IOException, VerificationFailure {
    Optional<String> library = patcher.skips(program);
    if (library.isPresent()) {
      return Optional.of(FileResult.skipped(library.get()));
    }
    Path file = program.entry().file();
    if (destination.comparesInputs() && patcher.isResult(program, signer(), Optional.empty())) {
      messages.note(file, SAME);
      return Optional.of(already(program.entry(), file));
    }
    return Optional.empty();
  }

  private FileResult<PatchResult> write(ProgramFile program, WorkMessages messages)
      throws IOException, VerificationFailure {
    try (PendingOutput output = outputs.begin(program)) {
      Patch.Result patched =
          patcher.plan(program, output::copyBase, messages).write(output, signer(), messages);
      if (patched.signed().isPresent()) {
        signing.orElseThrow().make(patched.target(), patched.signed().get());
      }
      return FileResult.done(
          patched.target(),
          new PatchResult(
              patched.target(),
              patched.hook(),
              patched.library(),
              patched.growth(),
              signer().map(key -> key.identity().subject()),
              messages.warnings()),
          messages.finished());
    }
  }

  private Optional<FileSigner> signer() {
    return signing.map(Signing::signer);
  }

  private <T> FileResult<T> already(TreeEntry entry, Path target)
      throws IOException, VerificationFailure {
    if (writes) {
      outputs.link(entry);
      if (signing.isPresent() && signing.get().further().isGiven()) {
        try (InputFile done = InputFile.open(target)) {
          signing.get().make(target, Signed.read(done.bytes()));
        }
      }
    }
    return FileResult.already(target);
  }

  /** The result of an earlier run on a tree, if this run would write the same. */
  private Optional<FileResult<PatchResult>> earlier(FoundFile file, Messages messages)
      throws IOException, VerificationFailure {
    if (file.unreadable().isPresent()) {
      return Optional.empty();
    }
    Optional<Path> target = outputs.earlierResult(file.entry());
    if (target.isEmpty() || !patcher.isResult(target.get(), signer(), Files.size(file.file()))) {
      return Optional.empty();
    }
    messages.note(file.file(), target.get() + " is newer; " + SAME);
    return Optional.of(already(file.entry(), target.get()));
  }

  private static FileResult<List<String>> lines(
      FilePatcher patcher, ProgramFile program, WorkMessages messages) throws IOException {
    return FileResult.done(
        program.entry().file(), patcher.plan(program, messages).lines(), List.of());
  }
}

package dev.hardwire.work;

import dev.hardwire.input.InputFile;
import dev.hardwire.input.ProgramFile;
import dev.hardwire.output.Outputs;
import dev.hardwire.output.PendingOutput;
import dev.hardwire.patch.plan.PatchSettings;
import dev.hardwire.trees.TreeEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Patches files, each unless it has been patched in the same way. */
public final class PatchRun {
  /** Why a file is left as it is. */
  private static final String SAME =
      "its tables, stub, setup program and notes are those that this patch would write";

  private final FilePatcher patcher;
  private final Outputs outputs;
  private final Optional<Signing> signing;
  private final boolean writes;

  /**
   * A run.
   *
   * @param writes whether files are patched; otherwise only what would be done is found out
   */
  public PatchRun(FilePatcher patcher, Outputs outputs, Optional<Signing> signing, boolean writes) {
    this.patcher = patcher;
    this.outputs = outputs;
    this.signing = signing;
    this.writes = writes;
  }

  public ProgramWork<Patch.Result> work() {
    ProgramWork<Patch.Result> patch = ProgramWork.opening(this::run);
    if (!outputs.keepsResults() || patcher.settings().existing() == PatchSettings.Existing.STACK) {
      return patch;
    }
    return (file, messages) -> {
      Optional<Outcome<Patch.Result>> earlier = earlier(file, messages);
      return earlier.isPresent() ? earlier.get() : patch.run(file, messages);
    };
  }

  /** The work on files, even if they were patched in the same way. */
  public ProgramWork<Patch.Result> always() {
    return ProgramWork.opening(this::write);
  }

  /** Plans what {@link #work} would do, a line each; results of earlier runs do not count. */
  public ProgramWork<List<String>> plans() {
    return ProgramWork.opening(
        (program, messages) -> {
          Optional<Outcome<List<String>>> left = leftAlone(program, messages);
          return left.isPresent() ? left.get() : lines(patcher, program, messages);
        });
  }

  /** Plans patches for which there is no destination. */
  public static ProgramWork<List<String>> plans(FilePatcher patcher) {
    return ProgramWork.opening(
        (program, messages) -> {
          Optional<String> skipped = patcher.skips(program);
          return skipped.isPresent()
              ? Outcome.skipped(skipped.get())
              : lines(patcher, program, messages);
        });
  }

  private Outcome<Patch.Result> run(ProgramFile program, WorkMessages messages)
      throws IOException, VerificationFailure {
    Optional<Outcome<Patch.Result>> left = leftAlone(program, messages);
    if (left.isPresent()) {
      return left.get();
    }
    if (!writes) {
      patcher.plan(program, messages);
      return Outcome.pending(outputs.checkedTarget(program.entry()));
    }
    Path file = program.entry().file();
    signer().ifPresent(key -> messages.note(file, "to be signed: " + key.described()));
    return write(program, messages);
  }

  /** The result for a file that is skipped, or was patched in the same way. */
  private <T> Optional<Outcome<T>> leftAlone(ProgramFile program, WorkMessages messages)
      throws IOException, VerificationFailure {
    Optional<String> library = patcher.skips(program);
    if (library.isPresent()) {
      return Optional.of(Outcome.skipped(library.get()));
    }
    Path file = program.entry().file();
    if (outputs.comparesInputs() && patcher.isResult(program, signer(), Optional.empty())) {
      messages.note(file, SAME);
      return Optional.of(already(program.entry(), file));
    }
    return Optional.empty();
  }

  private Outcome<Patch.Result> write(ProgramFile program, WorkMessages messages)
      throws IOException, VerificationFailure {
    try (PendingOutput output = outputs.begin(program)) {
      Patch.Result patched =
          patcher.plan(program, output::copyBase, messages).write(output, signer(), messages);
      if (patched.signed().isPresent()) {
        signing.orElseThrow().make(patched.target(), patched.signed().get());
      }
      return Outcome.done(patched.target(), patched, messages);
    }
  }

  private Optional<FileSigner> signer() {
    return signing.map(Signing::signer);
  }

  private <T> Outcome<T> already(TreeEntry entry, Path target)
      throws IOException, VerificationFailure {
    if (writes) {
      outputs.link(entry);
      if (signing.isPresent() && signing.get().further().isGiven()) {
        try (InputFile done = InputFile.open(target)) {
          signing.get().make(target, Signed.read(done.bytes()));
        }
      }
    }
    return Outcome.already(target);
  }

  /** The result of an earlier run on a tree, if this run would write the same. */
  private Optional<Outcome<Patch.Result>> earlier(TreeEntry file, WorkMessages messages)
      throws IOException, VerificationFailure {
    if (file.unreadable().isPresent()) {
      return Optional.empty();
    }
    Optional<Path> target = outputs.earlierResult(file);
    if (target.isEmpty() || !patcher.isResult(target.get(), signer(), Files.size(file.file()))) {
      return Optional.empty();
    }
    messages.note(file.file(), target.get() + " is newer; " + SAME);
    return Optional.of(already(file, target.get()));
  }

  private static Outcome<List<String>> lines(
      FilePatcher patcher, ProgramFile program, WorkMessages messages) throws IOException {
    return Outcome.done(program.entry().file(), patcher.plan(program, messages).lines(), messages);
  }
}

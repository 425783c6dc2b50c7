package dev.hardwire.cli.patch;

import dev.hardwire.batch.FileTree;
import dev.hardwire.batch.TreeEntry;
import dev.hardwire.bytes.ByteParts;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.cli.files.Batch;
import dev.hardwire.cli.files.FileCommand;
import dev.hardwire.cli.input.InputFile;
import dev.hardwire.cli.input.ProgramFile;
import dev.hardwire.cli.options.BatchOptions;
import dev.hardwire.cli.options.OutputOptions;
import dev.hardwire.cli.options.PatchOptions;
import dev.hardwire.cli.options.PendingOutput;
import dev.hardwire.cli.options.PolicyOptions;
import dev.hardwire.cli.options.PolicySource;
import dev.hardwire.cli.options.QuickWords;
import dev.hardwire.cli.options.SigningOptions;
import dev.hardwire.cli.options.TreeOptions;
import dev.hardwire.cli.report.CountingReport;
import dev.hardwire.cli.report.FileResult;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.cli.report.VerificationFailure;
import dev.hardwire.cli.sign.FileSigner;
import dev.hardwire.cli.sign.FurtherSignatures;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.image.SignedImage;
import dev.hardwire.plan.PatchPlan;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hardwire patch}. */
@Command(
    name = "patch",
    description = "Embed a policy into executables, with the code that installs it.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class PatchCommand extends FileCommand {
  @Mixin private final PolicyOptions policyOptions = new PolicyOptions();
  @Mixin private final OutputOptions output = new OutputOptions();
  @Mixin private final SigningOptions signing = new SigningOptions();
  @Mixin private final FurtherSignatures further = new FurtherSignatures();
  @Mixin private final PatchOptions options = new PatchOptions();
  @Mixin private final TreeOptions trees = new TreeOptions();
  @Mixin private final BatchOptions batch = new BatchOptions();

  @Option(names = "--dry-run", description = "Print the plan with its reasons and write nothing.")
  private boolean dryRun;

  @Option(names = "--json", description = "Print a JSON document that says what became of files.")
  private boolean json;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "ELF executables; with --recursive also directories.")
  private List<Path> arguments;

  /** Whether files are only looked at; a manifest asks for that. */
  private boolean onlyChecks;

  @Override
  public boolean take(QuickWords words) {
    switch (words.option()) {
      case "--dry-run" -> dryRun = words.flag();
      case "--json" -> json = words.flag();
      default -> {
        return policyOptions.take(words)
            || output.take(words)
            || signing.take(words)
            || further.take(words)
            || options.take(words)
            || trees.take(words)
            || batch.take(words);
      }
    }
    return true;
  }

  @Override
  public void take(List<Path> files) {
    arguments = files;
  }

  @Override
  public Integer call() throws IOException {
    options.check();
    if (dryRun && json) {
      throw new UsageException("--dry-run and --json exclude each other");
    }
    PolicySource policy = policyOptions.read(streams().err());
    if (!dryRun) {
      output.check(arguments, trees.isRecursive());
    }
    further.check(arguments, trees.isRecursive());
    if (!signing.isGiven() && (signing.isAnyGiven() || further.isGiven())) {
      throw new UsageException("to sign, name the key (--sign-key)");
    }
    Optional<FileSigner> signer =
        signing.isGiven() && !dryRun ? Optional.of(new FileSigner(signing)) : Optional.empty();
    signer.ifPresent(further::check);
    FileTree.Listing files = trees.list(arguments, output.directory());
    output.prepare(files.entries());
    if (!dryRun) {
      for (Path result : output.newFiles(files.entries())) {
        policyOptions.requireUnread(result);
        signing.requireUnread(result);
      }
      further.check(signing, output, files.entries());
    }
    FilePatcher patcher = new FilePatcher(options, policy, files.entries().size() == 1);
    PrintWriter stdout = streams().out();
    return new Batch(
            streams(),
            batch,
            new CountingReport(stdout, "patched", trees.isRecursive() && !dryRun, json))
        .run(files, (file, out, err) -> patch(file, patcher, signer, out, err));
  }

  /**
   * Prepares for files that a manifest has the options for, which were read as those of a command
   * line.
   *
   * @param checks whether nothing is written: each file then is told whether it would be patched
   * @return what is done with one of the files
   */
  public Batch.Action prepare(List<TreeEntry> files, boolean checks) throws IOException {
    onlyChecks = checks;
    options.check();
    PolicySource policy = policyOptions.read(streams().err());
    Optional<FileSigner> signer =
        signing.isGiven() ? Optional.of(new FileSigner(signing)) : Optional.empty();
    output.prepare(files);
    FilePatcher patcher = new FilePatcher(options, policy, files.size() == 1);
    return (file, out, err) -> patch(file, patcher, signer, out, err);
  }

  private FileResult patch(
      TreeEntry entry,
      FilePatcher patcher,
      Optional<FileSigner> signer,
      PrintWriter out,
      PrintWriter err)
      throws IOException, VerificationFailure {
    Optional<Path> earlier = earlier(entry, patcher, signer);
    if (earlier.isPresent()) {
      return already(entry, earlier.get(), signer, out);
    }
    try (ProgramFile program = ProgramFile.open(entry)) {
      return program.skipped().isPresent()
          ? FileResult.skipped(program.skipped().get())
          : patch(entry, program, patcher, signer, out, err);
    }
  }

  private FileResult patch(
      TreeEntry entry,
      ProgramFile program,
      FilePatcher patcher,
      Optional<FileSigner> signer,
      PrintWriter out,
      PrintWriter err)
      throws IOException, VerificationFailure {
    ElfFile elf = ElfFile.parse(program.content());
    Optional<String> library =
        options.patchesLibraries() ? Optional.empty() : ProgramFile.skipsLibrary(entry, elf);
    if (library.isPresent()) {
      return FileResult.skipped(library.get());
    }
    if (output.isInPlace() && isDone(elf, patcher, signer, Optional.empty())) {
      return already(entry, entry.file(), signer, out);
    }
    if (onlyChecks) {
      patcher.plan(entry.file(), elf, err);
      out.println(entry.file() + ": would be patched");
      return FileResult.done(output.checkedTarget(entry));
    }
    if (dryRun) {
      PlanText.print(entry.file(), patcher.plan(entry.file(), elf, err).plan(), out);
      return FileResult.done(entry.file());
    }
    try (PendingOutput draft = output.begin(entry, program.onDisk())) {
      return write(draft, patcher.plan(entry.file(), elf, err), signer, out, err);
    }
  }

  private FileResult already(
      TreeEntry entry, Path target, Optional<FileSigner> signer, PrintWriter out)
      throws IOException, VerificationFailure {
    if (!onlyChecks) {
      output.link(entry, target);
    }
    if (!onlyChecks && signer.isPresent() && further.isGiven()) {
      try (InputFile done = InputFile.open(target)) {
        further.make(signer.get(), target, SignedImage.read(ElfFile.parse(done.bytes())));
      }
    }
    out.println(TerminalText.of(target) + ": already");
    return FileResult.already(target);
  }

  /** The result of an earlier run on a tree, if it is what this run would write. */
  private Optional<Path> earlier(TreeEntry entry, FilePatcher patcher, Optional<FileSigner> signer)
      throws IOException {
    if (!trees.isRecursive()
        || dryRun
        || output.directory().isEmpty()
        || options.changesPatched()) {
      return Optional.empty();
    }
    Optional<Path> target = output.earlierResult(entry);
    if (target.isEmpty()) {
      return target;
    }
    try (InputFile file = InputFile.open(target.get())) {
      ElfFile elf = ElfFile.parse(file.bytes());
      boolean done = isDone(elf, patcher, signer, Optional.of(Files.size(entry.file())));
      return done ? target : Optional.empty();
    } catch (ElfFormatException somethingElse) {
      return Optional.empty();
    }
  }

  private boolean isDone(
      ElfFile elf, FilePatcher patcher, Optional<FileSigner> signer, Optional<Long> originalSize) {
    boolean signatures =
        signer.isPresent()
            ? signer.get().hasSigned(elf)
            : originalSize.isEmpty() || !SignedImage.isSigned(elf);
    return signatures && patcher.isResult(elf, originalSize);
  }

  private FileResult write(
      PendingOutput draft,
      FilePatcher.Planned planned,
      Optional<FileSigner> signer,
      PrintWriter out,
      PrintWriter err)
      throws IOException, VerificationFailure {
    PatchPlan plan = planned.plan();
    Bytes patched = planned.apply();
    Optional<SignedImage> image =
        signer.isPresent()
            ? Optional.of(signer.get().embed(ElfFile.parse(patched)))
            : Optional.empty();
    ByteParts result = image.map(SignedImage::file).orElse(ByteParts.of(patched));
    Path target = draft.write(result, ByteParts::of, err);
    if (image.isPresent()) {
      further.make(signer.get(), target, image.get());
    }
    out.println(
        TerminalText.of(target)
            + ": "
            + (plan.hook().isPresent()
                ? "hook " + plan.hook().get()
                : "needs " + options.library().orElseThrow())
            + ", "
            + (result.size() - plan.originalSize())
            + " bytes larger"
            + (signer.isPresent() ? ", signed by " + signer.get().identity().subject() : ""));
    return FileResult.done(target);
  }
}

package dev.hardwire.cli.patch;

import dev.hardwire.batch.FileTree;
import dev.hardwire.batch.TreeEntry;
import dev.hardwire.cli.files.Batch;
import dev.hardwire.cli.files.FileCommand;
import dev.hardwire.cli.options.BatchOptions;
import dev.hardwire.cli.options.OutputOptions;
import dev.hardwire.cli.options.PatchOptions;
import dev.hardwire.cli.options.PolicyOptions;
import dev.hardwire.cli.options.QuickWords;
import dev.hardwire.cli.options.SigningOptions;
import dev.hardwire.cli.options.TreeOptions;
import dev.hardwire.cli.report.CountingReport;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.cli.sign.FurtherSignatures;
import dev.hardwire.core.FilePatcher;
import dev.hardwire.core.FileSigner;
import dev.hardwire.core.PolicySource;
import dev.hardwire.core.files.Outputs;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
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
        signing.isGiven() && !dryRun ? Optional.of(signing.signer()) : Optional.empty();
    signer.ifPresent(further::check);
    FileTree.Listing files = trees.list(arguments, output.directory());
    Optional<Outputs> outputs =
        output.isGiven() ? Optional.of(output.prepare(files.entries())) : Optional.empty();
    if (!dryRun) {
      for (Path result : output.newFiles(files.entries())) {
        policyOptions.requireUnread(result);
        signing.requireUnread(result);
      }
      further.check(signing, output, files.entries());
    }
    PatchRun.Extent extent =
        trees.isRecursive() ? PatchRun.Extent.WRITE_CHANGED : PatchRun.Extent.WRITE;
    PatchRun run =
        new PatchRun(
            dryRun ? PatchRun.Extent.PRINT_PLAN : extent,
            patcher(policy, files.entries()),
            outputs,
            signer,
            further);
    PrintWriter stdout = streams().out();
    return new Batch(
            streams(),
            batch,
            new CountingReport(stdout, "patched", trees.isRecursive() && !dryRun, json))
        .run(files, run);
  }

  /**
   * Prepares for files of a manifest, whose options were read as those of a command line.
   *
   * @param checks whether nothing is written: for each file it is printed whether it would be
   *     patched
   * @return the work on one of the files
   */
  public Batch.Action prepare(List<TreeEntry> files, boolean checks) throws IOException {
    options.check();
    PolicySource policy = policyOptions.read(streams().err());
    Optional<FileSigner> signer =
        signing.isGiven() ? Optional.of(signing.signer()) : Optional.empty();
    Outputs outputs = output.prepare(files);
    return new PatchRun(
        checks ? PatchRun.Extent.CHECK : PatchRun.Extent.WRITE_CHANGED,
        patcher(policy, files),
        Optional.of(outputs),
        signer,
        further);
  }

  private FilePatcher patcher(PolicySource policy, List<TreeEntry> files) throws IOException {
    List<Path> paths = new ArrayList<>(files.size());
    for (TreeEntry file : files) {
      paths.add(file.file());
    }
    return FilePatcher.of(options.settings(), policy, paths, batch.jobs());
  }
}

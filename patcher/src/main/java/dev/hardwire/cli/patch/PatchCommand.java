package dev.hardwire.cli.patch;

import dev.hardwire.batch.FileTree;
import dev.hardwire.batch.TreeEntry;
import dev.hardwire.cli.files.Batch;
import dev.hardwire.cli.files.FileCommand;
import dev.hardwire.cli.files.ImagePrograms;
import dev.hardwire.cli.options.BatchOptions;
import dev.hardwire.cli.options.InterpreterOption;
import dev.hardwire.cli.options.OutputOptions;
import dev.hardwire.cli.options.PatchOptions;
import dev.hardwire.cli.options.PolicyOptions;
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
    footerHeading = "%nExample:%n",
    footer = "  hardwire patch --deny execve,execveat -o tar-wired /usr/bin/tar",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class PatchCommand extends FileCommand {
  @Mixin final PolicyOptions policyOptions = new PolicyOptions();
  @Mixin final OutputOptions output = new OutputOptions();
  @Mixin final SigningOptions signing = new SigningOptions();
  @Mixin final FurtherSignatures further = new FurtherSignatures();
  @Mixin final PatchOptions options = new PatchOptions();
  @Mixin final InterpreterOption interpreters = new InterpreterOption();
  @Mixin final TreeOptions trees = new TreeOptions();
  @Mixin final BatchOptions batch = new BatchOptions();

  @Option(names = "--dry-run", description = "Print the plan with its reasons and write nothing.")
  boolean dryRun;

  @Option(names = "--json", description = "Print the result for each file as a JSON document.")
  boolean json;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "ELF executables; with --recursive also directories.")
  List<Path> arguments;

  @Override
  public Integer call() throws IOException {
    options.check();
    if (dryRun && json) {
      throw new UsageException("--dry-run and --json cannot be used together");
    }
    if (dryRun && batch.isQuiet()) {
      throw new UsageException("--dry-run and --quiet cannot be used together");
    }
    PolicySource policy = policyOptions.read(batch.warnings(streams().err()));
    if (!dryRun) {
      output.check(arguments, trees.isRecursive());
    }
    further.check(arguments, trees.isRecursive());
    if (!signing.isGiven() && (signing.isAnyGiven() || further.isGiven())) {
      throw new UsageException("options about signing require --sign-key KEY");
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
    PolicySource policy = policyOptions.read(batch.warnings(streams().err()));
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

  /** The same for programs of a container image. */
  Batch.Action prepare(List<TreeEntry> files, ImagePrograms programs, boolean checks)
      throws IOException {
    options.check();
    PolicySource policy = policyOptions.read(batch.warnings(streams().err()));
    Optional<FileSigner> signer =
        signing.isGiven() ? Optional.of(signing.signer()) : Optional.empty();
    return new ImageRun(programs, patcher(policy, files), signer, checks);
  }

  private FilePatcher patcher(PolicySource policy, List<TreeEntry> files) {
    return FilePatcher.of(
        options.settings().withInterpreters(interpreters.accepted()), policy, files.size());
  }
}

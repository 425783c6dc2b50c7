package dev.hardwire.cli.patch;

import dev.hardwire.Destination;
import dev.hardwire.FileResult;
import dev.hardwire.FileWork;
import dev.hardwire.FoundFile;
import dev.hardwire.Hardwire;
import dev.hardwire.PatchResult;
import dev.hardwire.PatchTask;
import dev.hardwire.cli.files.Batch;
import dev.hardwire.cli.files.FileCommand;
import dev.hardwire.cli.files.WorkLines;
import dev.hardwire.cli.options.BatchOptions;
import dev.hardwire.cli.options.InterpreterOption;
import dev.hardwire.cli.options.OutputOptions;
import dev.hardwire.cli.options.PatchOptions;
import dev.hardwire.cli.options.PolicyOptions;
import dev.hardwire.cli.options.SigningOptions;
import dev.hardwire.cli.options.TreeOptions;
import dev.hardwire.cli.report.CountingReport;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.cli.sign.FurtherSignatures;
import dev.hardwire.manifest.FoundFiles;
import dev.hardwire.trees.FileTree;
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
    footer = "  hardwire patch --deny execve,execveat -o tar-wired /usr/bin/tar",
    mixinStandardHelpOptions = true)
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
    if (!dryRun) {
      output.check(arguments, trees.isRecursive());
    }
    further.check(arguments, trees.isRecursive());
    if (!signing.isGiven() && (signing.isAnyGiven() || further.isGiven())) {
      throw new UsageException("options about signing require --sign-key KEY");
    }
    FileTree.Listing files = trees.list(arguments, output.directory());
    List<FoundFile> found = FoundFiles.of(files.entries());
    CountingReport report =
        new CountingReport(streams().out(), "patched", trees.isRecursive() && !dryRun, json);
    if (dryRun) {
      PatchTask task = task(found, streams().err());
      FileWork<List<String>> plans =
          output.isGiven() ? task.plans(output.destination()) : task.plans();
      return new Batch(streams(), batch, report).run(files, plans(plans));
    }
    for (Path result : output.newFiles(found)) {
      policyOptions.requireUnread(result);
      signing.requireUnread(result);
    }
    further.check(signing, output, found);
    Destination destination = batch.grouped(output.destination(), found.size());
    PatchTask task = signed(task(found, streams().err()));
    FileWork<PatchResult> work =
        task.each(trees.isRecursive() ? destination.keepingResults() : destination);
    return new Batch(streams(), batch, report, Optional.of(destination))
        .run(files, new WorkLines<>(work, patched -> line(patched.file(), patched)));
  }

  private static Batch.Action plans(FileWork<List<String>> work) {
    return (entry, out, warnings) -> {
      FileResult<List<String>> plan = work.run(FoundFiles.of(entry), warnings);
      plan.result()
          .ifPresent(
              lines -> {
                out.println(TerminalText.of(entry.file()) + ":");
                lines.forEach(line -> out.println("  " + line));
              });
      return WorkLines.told(plan, out);
    };
  }

  private PatchTask task(List<FoundFile> files, PrintWriter err) {
    PatchTask task = policyOptions.applyTo(Hardwire.patch(files), batch.warnings(err));
    return options.applyTo(task).acceptInterpreters(interpreters.accepted().toArray(String[]::new));
  }

  private PatchTask signed(PatchTask task) throws IOException {
    return signing.isGiven() ? task.signWith(further.applyTo(signing.credentials())) : task;
  }

  /**
   * What is printed about a patched file.
   *
   * @param shown its name
   */
  static String line(Path shown, PatchResult patched) {
    return TerminalText.of(shown)
        + ": "
        + (patched.hook().isPresent()
            ? "hook " + patched.hook().get()
            : "needs " + patched.library().orElseThrow())
        + ", "
        + patched.growth()
        + " bytes larger"
        + patched.signer().map(signer -> ", signed by " + signer).orElse("");
  }
}

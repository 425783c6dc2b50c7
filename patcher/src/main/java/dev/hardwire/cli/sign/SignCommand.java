package dev.hardwire.cli.sign;

import dev.hardwire.Credentials;
import dev.hardwire.Destination;
import dev.hardwire.FileWork;
import dev.hardwire.FoundFile;
import dev.hardwire.Hardwire;
import dev.hardwire.SignResult;
import dev.hardwire.cli.files.Batch;
import dev.hardwire.cli.files.FileCommand;
import dev.hardwire.cli.files.WorkLines;
import dev.hardwire.cli.options.BatchOptions;
import dev.hardwire.cli.options.OptionHeading;
import dev.hardwire.cli.options.OutputOptions;
import dev.hardwire.cli.options.Overwriting;
import dev.hardwire.cli.options.SigningOptions;
import dev.hardwire.cli.options.TreeOptions;
import dev.hardwire.cli.report.BatchResult;
import dev.hardwire.cli.report.CountingReport;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.input.InputFile;
import dev.hardwire.manifest.FoundFiles;
import dev.hardwire.output.AtomicFile;
import dev.hardwire.trees.FileTree;
import dev.hardwire.work.Signed;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hardwire sign}. */
@Command(
    name = "sign",
    description = "Sign hard-wired executables.",
    footer = "  hardwire sign --key key.pem --cert cert.pem --in-place tar-wired",
    mixinStandardHelpOptions = true)
public final class SignCommand extends FileCommand {
  @Mixin final SigningOptions signing = new SigningOptions();
  @Mixin final FurtherSignatures further = new FurtherSignatures();
  @Mixin final OutputOptions output = new OutputOptions();
  @Mixin final TreeOptions trees = new TreeOptions();
  @Mixin final BatchOptions batch = new BatchOptions();

  @OptionHeading("Output")
  @Option(
      names = "--detached",
      paramLabel = "P7S",
      description =
          "Write the signature to this file instead (CMS, DER), next to signatures that it"
              + " already contains; only one FILE is allowed.")
  Path detached;

  @OptionHeading("Output")
  @Option(
      names = "--extract",
      paramLabel = "PREFIX",
      description =
          "Do not sign. Write the content that the embedded signatures cover to"
              + " PREFIX.content and the signatures to PREFIX.p7s, for other tools.")
  Path extract;

  @Option(names = "--json", description = "Print the result for each file as a JSON document.")
  boolean json;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "Hard-wired executables; with --recursive also directories.")
  List<Path> files;

  @Override
  public Integer call() throws IOException {
    boolean single = extract != null || detached != null;
    if (single && files.size() != 1) {
      throw new UsageException("--detached and --extract accept only one FILE");
    }
    if (single && further.isGiven()) {
      throw new UsageException("--attest and --ima require embedded signatures");
    }
    further.check(files, trees.isRecursive());
    if (extract != null) {
      return Batch.run(streams(), files, (entry, out, warnings) -> extract(entry.file(), out));
    }
    Credentials credentials = further.applyTo(signing.credentials());
    if (detached != null) {
      signing.requireUnread(detached);
      Overwriting.refuse(detached, files.get(0), "the input");
      return Batch.run(
          streams(), files, (entry, out, warnings) -> detach(credentials, entry.file(), out));
    }
    output.check(files, trees.isRecursive());
    FileTree.Listing listing = trees.list(files, output.directory());
    List<FoundFile> found = FoundFiles.of(listing.entries());
    for (Path result : output.newFiles(found)) {
      signing.requireUnread(result);
    }
    further.check(signing, output, found);
    Destination destination = batch.grouped(output.destination(), found.size());
    FileWork<SignResult> work = Hardwire.sign(found).with(credentials).each(destination);
    PrintWriter stdout = streams().out();
    return new Batch(
            streams(),
            batch,
            new CountingReport(stdout, "signed", trees.isRecursive(), json),
            Optional.of(destination))
        .run(
            listing,
            new WorkLines<>(
                work,
                signed ->
                    "%s: signed by %s (%s)"
                        .formatted(
                            TerminalText.of(signed.file()), signed.signer(), signed.keyKind())));
  }

  private BatchResult detach(Credentials credentials, Path file, PrintWriter out)
      throws IOException {
    SignResult signed = Hardwire.sign(file).with(credentials).detached(detached);
    out.println(
        "%s: signature of %s by %s (%s)"
            .formatted(
                TerminalText.of(detached),
                TerminalText.of(file),
                signed.signer(),
                signed.keyKind()));
    return BatchResult.done(detached);
  }

  private BatchResult extract(Path file, PrintWriter out) throws IOException {
    try (InputFile input = InputFile.open(file)) {
      return extract(file, Signed.read(input.bytes()), out);
    }
  }

  private BatchResult extract(Path file, Signed signed, PrintWriter out) throws IOException {
    Path content = Path.of(extract + ".content");
    Path signature = Path.of(extract + ".p7s");
    Overwriting.refuse(content, file, "the input");
    Overwriting.refuse(signature, file, "the input");
    AtomicFile.write(content, signed.content());
    AtomicFile.write(signature, signed.cms());
    out.println("%s: the signed content".formatted(TerminalText.of(content)));
    out.println("%s: the signatures".formatted(TerminalText.of(signature)));
    return BatchResult.done(content);
  }
}

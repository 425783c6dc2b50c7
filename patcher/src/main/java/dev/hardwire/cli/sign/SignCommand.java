package dev.hardwire.cli.sign;

import dev.hardwire.batch.FileTree;
import dev.hardwire.batch.TreeEntry;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.cli.files.Batch;
import dev.hardwire.cli.files.FileCommand;
import dev.hardwire.cli.options.BatchOptions;
import dev.hardwire.cli.options.OptionHeading;
import dev.hardwire.cli.options.OutputOptions;
import dev.hardwire.cli.options.Overwriting;
import dev.hardwire.cli.options.SigningOptions;
import dev.hardwire.cli.options.TreeOptions;
import dev.hardwire.cli.report.CountingReport;
import dev.hardwire.cli.report.FileResult;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.cli.report.WarningLines;
import dev.hardwire.core.FileSigner;
import dev.hardwire.core.Refused;
import dev.hardwire.core.Signed;
import dev.hardwire.core.VerificationFailure;
import dev.hardwire.core.files.InputFile;
import dev.hardwire.core.files.OutputFile;
import dev.hardwire.core.files.Outputs;
import dev.hardwire.core.files.ProgramFile;
import dev.hardwire.sign.CmsSigner;
import dev.hardwire.sign.algorithm.SignatureFault;
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

/** {@code hardwire sign}. */
@Command(
    name = "sign",
    description = "Sign hard-wired executables.",
    footerHeading = "%nExample:%n",
    footer = "  hardwire sign --key key.pem --cert cert.pem --in-place tar-wired",
    mixinStandardHelpOptions = true,
    sortOptions = false)
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
    if (single
        && (files.size() != 1
            || trees.isRecursive()
            || output.isGiven()
            || (extract != null && detached != null))) {
      throw new UsageException(
          "--detached and --extract cannot be used together, and accept only one FILE and no other"
              + " output");
    }
    if (single && further.isGiven()) {
      throw new UsageException("--attest and --ima require embedded signatures");
    }
    further.check(files, trees.isRecursive());
    if (extract != null) {
      return Batch.run(streams(), files, (entry, out, warnings) -> extract(entry.file(), out));
    }
    FileSigner signer = signing.signer();
    further.check(signer);
    if (detached != null) {
      signing.requireUnread(detached);
      Overwriting.refuse(detached, files.get(0), "the input");
      return Batch.run(
          streams(), files, (entry, out, warnings) -> detach(signer, entry.file(), out));
    }
    output.check(files, trees.isRecursive());
    FileTree.Listing listing = trees.list(files, output.directory());
    Outputs outputs = output.prepare(listing.entries());
    for (Path result : output.newFiles(listing.entries())) {
      signing.requireUnread(result);
    }
    further.check(signing, output, listing.entries());
    PrintWriter stdout = streams().out();
    return new Batch(
            streams(), batch, new CountingReport(stdout, "signed", trees.isRecursive(), json))
        .run(listing, (entry, out, warnings) -> embed(signer, outputs, entry, out, warnings));
  }

  private FileResult embed(
      FileSigner signer, Outputs outputs, TreeEntry entry, PrintWriter out, WarningLines warnings)
      throws IOException, VerificationFailure {
    try (ProgramFile program = ProgramFile.open(entry)) {
      return program.skipped().isPresent()
          ? FileResult.skipped(program.skipped().get())
          : embed(signer, outputs, program, out, warnings);
    }
  }

  private FileResult embed(
      FileSigner signer,
      Outputs outputs,
      ProgramFile program,
      PrintWriter out,
      WarningLines warnings)
      throws IOException, VerificationFailure {
    TreeEntry entry = program.entry();
    program.elf(); // a damaged file is refused before anything else
    if (!entry.named() && !program.isPatched()) {
      return FileResult.skipped(Refused.NOT_PATCHED);
    }
    if (!entry.named() && output.isInPlace() && signer.holds(program)) {
      warnings.note(entry.file(), "this key has signed it, and the signature is valid");
      out.println(TerminalText.of(entry.file()) + ": already");
      return FileResult.already(entry.file());
    }
    warnings.note(entry.file(), "to be verified, and then signed: " + signer.described());
    FileSigner.Written written =
        signer.embed(program, (start, end) -> outputs.write(program, start, end, warnings));
    Path target = written.target();
    further.make(signer, target, written.signed());
    out.println(
        "%s: signed by %s (%s)"
            .formatted(
                TerminalText.of(target), signer.identity().subject(), signer.identity().keyKind()));
    return FileResult.done(target);
  }

  private FileResult detach(FileSigner signer, Path file, PrintWriter out)
      throws IOException, VerificationFailure {
    Optional<Bytes> existing =
        Files.exists(detached) ? Optional.of(signatures(detached)) : Optional.empty();
    OutputFile.write(detached, signer.detached(file, existing));
    out.println(
        "%s: signature of %s by %s (%s)"
            .formatted(
                TerminalText.of(detached),
                TerminalText.of(file),
                signer.identity().subject(),
                signer.identity().keyKind()));
    return FileResult.done(detached);
  }

  private static Bytes signatures(Path file) throws IOException, VerificationFailure {
    Bytes cms = InputFile.read(file);
    try {
      CmsSigner.checkReadable(cms);
      return cms;
    } catch (SignatureFault fault) {
      throw new VerificationFailure(
          new SignatureFault(
              "%s exists, and no signature can be added to it: %s"
                  .formatted(file, fault.getMessage())));
    }
  }

  private FileResult extract(Path file, PrintWriter out) throws IOException {
    try (InputFile input = InputFile.open(file)) {
      return extract(file, Signed.read(input.bytes()), out);
    }
  }

  private FileResult extract(Path file, Signed signed, PrintWriter out) throws IOException {
    Path content = Path.of(extract + ".content");
    Path signature = Path.of(extract + ".p7s");
    Overwriting.refuse(content, file, "the input");
    Overwriting.refuse(signature, file, "the input");
    OutputFile.write(content, signed.content());
    OutputFile.write(signature, signed.cms());
    out.println("%s: the signed content".formatted(TerminalText.of(content)));
    out.println("%s: the signatures".formatted(TerminalText.of(signature)));
    return FileResult.done(content);
  }
}

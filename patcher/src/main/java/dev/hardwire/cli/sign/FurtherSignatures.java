package dev.hardwire.cli.sign;

import dev.hardwire.attest.Attested;
import dev.hardwire.attest.Envelopes;
import dev.hardwire.attest.Statement;
import dev.hardwire.batch.TreeEntry;
import dev.hardwire.cli.options.OptionHeading;
import dev.hardwire.cli.options.OutputOptions;
import dev.hardwire.cli.options.Overwriting;
import dev.hardwire.cli.options.SigningOptions;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.core.FileSigner;
import dev.hardwire.core.Signed;
import dev.hardwire.core.VerificationFailure;
import dev.hardwire.core.files.OutputFile;
import dev.hardwire.sign.ImaSignature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options for further signatures of a signed file, by the same key. */
@OptionHeading("Signing")
public final class FurtherSignatures {
  @Option(
      names = "--attest",
      paramLabel = "FILE",
      description =
          "Also write an attestation to this file: an in-toto statement in a DSSE envelope;"
              + " only one FILE is allowed.")
  Path attestation;

  @Option(
      names = "--provenance",
      paramLabel = "FILE",
      description =
          "Also write provenance to this file: a statement of SLSA, version 1, in a DSSE"
              + " envelope; only one FILE is allowed.")
  Path provenance;

  @Mixin final BuilderOption builder = new BuilderOption();

  @Option(
      names = "--ima",
      description = "Also set security.ima, the attribute that the kernel's IMA checks.")
  boolean ima;

  public boolean isGiven() {
    return attestation != null || provenance != null || ima;
  }

  private List<Path> statements() {
    return Stream.of(attestation, provenance).filter(Objects::nonNull).toList();
  }

  /** Checks the combination of options before any file is touched. */
  public void check(List<Path> arguments, boolean trees) {
    builder.check(provenance != null, "--provenance");
    if (!statements().isEmpty() && (arguments.size() != 1 || trees)) {
      throw new UsageException(
          (attestation != null ? "--attest" : "--provenance") + " accepts only one FILE");
    }
  }

  /** Checks that no attestation overwrites a file that is read or written. */
  public void check(SigningOptions signing, OutputOptions output, List<TreeEntry> entries)
      throws IOException {
    for (Path statement : statements()) {
      signing.requireUnread(statement);
      for (TreeEntry entry : entries) {
        Overwriting.refuse(statement, entry.file(), "the input");
        Overwriting.refuse(statement, output.place().target(entry), "the result");
      }
    }
    if (statements().size() == 2) {
      Overwriting.refuse(provenance, attestation, "the attestation");
    }
  }

  /** Checks that the key can make them, before anything is written. */
  public void check(FileSigner signer) {
    if (ima) {
      ImaSignature.requireFit(signer.identity());
    }
  }

  /** Makes them for a file that has been written. */
  public void make(FileSigner signer, Path target, Signed signed)
      throws IOException, VerificationFailure {
    if (ima) {
      signer.imaSign(target, signed);
    }
    if (!statements().isEmpty()) {
      Attested subject =
          Attested.of(
              new Attested.Program(
                  String.valueOf(target.getFileName()),
                  signed.sha256().hex(),
                  true,
                  signed.patches()));
      if (attestation != null) {
        OutputFile.write(attestation, Envelopes.sign(signer, Statement.policy(subject)));
      }
      if (provenance != null) {
        OutputFile.write(
            provenance, Envelopes.sign(signer, Statement.provenance(subject, builder.id())));
      }
    }
  }
}

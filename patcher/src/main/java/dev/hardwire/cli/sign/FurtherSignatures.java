package dev.hardwire.cli.sign;

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
      names = "--ima",
      description = "Also set security.ima, the attribute that the kernel's IMA checks.")
  boolean ima;

  public boolean isGiven() {
    return attestation != null || ima;
  }

  /** Checks the combination of options before any file is touched. */
  public void check(List<Path> arguments, boolean trees) {
    if (attestation != null && (arguments.size() != 1 || trees)) {
      throw new UsageException("--attest accepts only one FILE");
    }
  }

  /** Checks that the attestation does not overwrite a file that is read or written. */
  public void check(SigningOptions signing, OutputOptions output, List<TreeEntry> entries)
      throws IOException {
    if (attestation != null) {
      signing.requireUnread(attestation);
      for (TreeEntry entry : entries) {
        Overwriting.refuse(attestation, entry.file(), "the input");
        Overwriting.refuse(attestation, output.place().target(entry), "the result");
      }
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
    if (attestation != null) {
      byte[] statement =
          Attestation.statement(
              String.valueOf(target.getFileName()), signed.sha256(), signed.patches());
      OutputFile.write(
          attestation,
          Attestation.envelope(statement, signer.envelope(Attestation.PAYLOAD_TYPE, statement)));
    }
  }
}

package dev.hardwire.cli.options;

import dev.hardwire.VerifyTask;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.verify.VerifySettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which signatures a file must have. */
@OptionHeading("Signatures")
public final class SignatureOptions {
  @Option(
      names = "--trust",
      paramLabel = "FILE",
      description =
          "Require a signature, and that every signature is valid and chains to a"
              + " certificate in this file (PEM); may be repeated.")
  List<Path> trust = List.of();

  @Option(
      names = "--crl",
      paramLabel = "FILE",
      description =
          "Revocation lists (PEM or DER), which must cover every certificate below the"
              + " trusted ones; may be repeated.")
  List<Path> revocationLists = List.of();

  @Option(
      names = "--signature",
      paramLabel = "P7S",
      description = "Also check this detached signature (CMS, DER); only one FILE is allowed.")
  Path detached;

  @Option(
      names = "--require-signer",
      paramLabel = "SIGNER",
      description =
          "Require a signature by this signer: the subject as shown in reports, or the"
              + " SHA-256 of the certificate; may be repeated.")
  List<String> signers = List.of();

  @Option(
      names = "--require-signatures",
      paramLabel = "N",
      description = "Require signatures by at least N signers.")
  int minimum;

  @Option(
      names = "--allow-unsigned",
      description = "Accept files without a signature; existing signatures must be valid.")
  boolean allowUnsigned;

  @Option(
      names = "--ignore-signatures",
      description = "Ignore signatures. Without this option, a signed file requires --trust.")
  boolean ignore;

  public boolean allowsUnsigned() {
    return allowUnsigned;
  }

  public boolean areIgnored() {
    return ignore;
  }

  /**
   * Adds the requirements to a task.
   *
   * @param files how many files are verified; 0 if it is not known
   */
  public VerifyTask require(VerifyTask task, int files) {
    VerifySettings.Signatures settings = settings(files);
    if (settings.ignored()) {
      return task.ignoreSignatures();
    }
    VerifyTask all =
        task.trust(trust.toArray(Path[]::new))
            .revocationLists(revocationLists.toArray(Path[]::new))
            .requireSignatures(minimum);
    for (String signer : signers) {
      all = all.requireSigner(signer);
    }
    all = detached == null ? all : all.detachedSignature(detached);
    return allowUnsigned ? all.allowUnsigned() : all;
  }

  /**
   * The requirements.
   *
   * @param files how many files are verified; 0 if it is not known
   */
  public VerifySettings.Signatures settings(int files) {
    VerifySettings.Signatures settings =
        new VerifySettings.Signatures(
            trust,
            revocationLists,
            Optional.ofNullable(detached),
            signers,
            minimum,
            allowUnsigned,
            ignore);
    if (trust.isEmpty() && (settings.demandSignatures() || !revocationLists.isEmpty())) {
      throw new UsageException("options about signatures require trust anchors: give --trust");
    }
    if (minimum < 0) {
      throw new UsageException("--require-signatures requires a number of at least 0");
    }
    if (detached != null && files != 1) {
      throw new UsageException("--signature accepts only one FILE");
    }
    return settings;
  }
}

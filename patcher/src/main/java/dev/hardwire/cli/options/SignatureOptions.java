package dev.hardwire.cli.options;

import dev.hardwire.cli.report.UsageException;
import dev.hardwire.core.files.InputFile;
import dev.hardwire.sign.TrustStore;
import dev.hardwire.verify.SignatureExpectations;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which signatures a file must have. */
public final class SignatureOptions {
  @Option(
      names = "--trust",
      paramLabel = "FILE",
      description =
          "Require a signature, and that every signature holds and leads to one of the"
              + " certificates in this file (PEM); may be repeated.")
  private List<Path> trust = List.of();

  @Option(
      names = "--crl",
      paramLabel = "FILE",
      description =
          "Revocation lists (PEM or DER), which then must cover every certificate below the"
              + " trusted ones; may be repeated.")
  private List<Path> revocationLists = List.of();

  @Option(
      names = "--signature",
      paramLabel = "P7S",
      description = "Check this detached signature too (CMS, DER); one FILE only.")
  private Path detached;

  @Option(
      names = "--require-signer",
      paramLabel = "SIGNER",
      description =
          "Require a signature by this signer: the subject as reports print it, or the SHA-256 of"
              + " the certificate; may be repeated.")
  private List<String> signers = List.of();

  @Option(
      names = "--require-signatures",
      paramLabel = "N",
      description = "Require signatures by at least so many signers.")
  private int minimum;

  @Option(
      names = "--allow-unsigned",
      description = "Let files without a signature pass; signatures that are there must hold.")
  private boolean allowUnsigned;

  @Option(
      names = "--ignore-signatures",
      description = "Do not look at signatures. Without this option, a signed file needs --trust.")
  private boolean ignore;

  /** Sets one of these options in a quick start. */
  public boolean take(QuickWords words) {
    switch (words.option()) {
      case "--trust" -> trust = List.of(words.path());
      case "--crl" -> revocationLists = List.of(words.path());
      case "--signature" -> detached = words.path();
      case "--require-signer" -> signers = List.of(words.text());
      case "--require-signatures" -> minimum = words.number();
      case "--allow-unsigned" -> allowUnsigned = words.flag();
      case "--ignore-signatures" -> ignore = words.flag();
      default -> {
        return false;
      }
    }
    return true;
  }

  public boolean allowsUnsigned() {
    return allowUnsigned;
  }

  public boolean areIgnored() {
    return ignore;
  }

  public SignatureExpectations read(int files) throws IOException {
    boolean demanded = !signers.isEmpty() || minimum > 0 || detached != null;
    if (trust.isEmpty() && (demanded || !revocationLists.isEmpty())) {
      throw new UsageException("signatures are checked against trust anchors: give --trust");
    }
    if (ignore && (demanded || !trust.isEmpty())) {
      throw new UsageException("--ignore-signatures excludes options about signatures");
    }
    if (allowUnsigned && demanded) {
      throw new UsageException("--allow-unsigned excludes options that require signatures");
    }
    if (minimum < 0) {
      throw new UsageException("--require-signatures needs a number of at least 0");
    }
    if (detached != null && files != 1) {
      throw new UsageException("--signature takes one FILE");
    }
    return new SignatureExpectations(
        trust.isEmpty() ? Optional.empty() : Optional.of(TrustStore.read(trust, revocationLists)),
        Instant.now(),
        detached == null ? Optional.empty() : Optional.of(InputFile.read(detached)),
        signers,
        minimum,
        allowUnsigned || trust.isEmpty(),
        ignore);
  }
}

package dev.hardwire.verify;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.sign.TrustStore;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What signatures a file must have.
 *
 * @param trust whom the user trusts; without it a signature cannot be checked, which fails
 * @param now when the certificates of signatures without a time stamp must be valid
 * @param detached signatures that are in a file of their own: a ContentInfo in DER
 * @param signers names or digests of certificates, each of which must have signed
 * @param minimum how many signatures there must be
 * @param allowUnsigned whether a file without any signature passes
 * @param ignore whether signatures are left alone
 */
public record SignatureExpectations(
    Optional<TrustStore> trust,
    Instant now,
    Optional<Bytes> detached,
    List<String> signers,
    int minimum,
    boolean allowUnsigned,
    boolean ignore) {
  /** Nothing is trusted: files without signatures pass, others fail. */
  public static final SignatureExpectations NONE =
      new SignatureExpectations(
          Optional.empty(), Instant.EPOCH, Optional.empty(), List.of(), 0, true, false);

  public SignatureExpectations {
    signers = List.copyOf(signers);
  }

  /** Whether a file without any signature meets these expectations. */
  boolean passesUnsigned() {
    return allowUnsigned && signers.isEmpty() && minimum == 0;
  }
}

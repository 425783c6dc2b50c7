package dev.hardwire.verify;

import dev.hardwire.bytes.Bytes;
import java.util.Optional;

/**
 * What the verifier is told beside the file.
 *
 * @param policyText the canonical text of the policy that the file must enforce
 * @param original the file that must have been patched
 * @param signatures the signatures that it must have
 */
public record Expectations(
    Optional<String> policyText, Optional<Bytes> original, SignatureExpectations signatures) {
  /** Nothing: the file speaks for itself. */
  public static final Expectations NONE = new Expectations(Optional.empty(), Optional.empty());

  /** Without signatures. */
  public Expectations(Optional<String> policyText, Optional<Bytes> original) {
    this(policyText, original, SignatureExpectations.NONE);
  }
}

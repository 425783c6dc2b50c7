package dev.hardwire.core;

import dev.hardwire.sign.algorithm.SignatureFault;
import dev.hardwire.verify.result.Check;
import dev.hardwire.verify.result.Report;

/** Verification failed; the message names the first failed check. */
public final class VerificationFailure extends Exception {
  private static final long serialVersionUID = 1L;

  public VerificationFailure(SignatureFault fault) {
    super("not verified: " + fault.getMessage(), fault);
  }

  public VerificationFailure(Report report) {
    super(
        report.checks().stream()
            .filter(check -> !check.passed())
            .findFirst()
            .map((Check check) -> "not verified: " + check.name())
            .orElse("not verified"));
  }
}

package dev.hardwire.work;

import dev.hardwire.sign.algorithm.SignatureFault;
import dev.hardwire.verify.result.Check;
import dev.hardwire.verify.result.Report;
import java.util.Optional;

/** Verification failed; the message names the first failed check. */
public final class VerificationFailure extends Exception {
  public VerificationFailure(SignatureFault fault) {
    super("not verified: " + fault.getMessage(), fault);
  }

  public VerificationFailure(Report report) {
    this(report.checks().stream().filter(check -> !check.passed()).findFirst().map(Check::name));
  }

  /**
   * A failure of a file.
   *
   * @param check the first check that failed; empty if none was made
   */
  public VerificationFailure(Optional<String> check) {
    super(check.map(name -> "not verified: " + name).orElse("not verified"));
  }
}

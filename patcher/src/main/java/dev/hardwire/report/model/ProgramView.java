package dev.hardwire.report.model;

import dev.hardwire.verify.result.Report;
import dev.hardwire.verify.result.SignatureSummary;
import dev.hardwire.verify.result.Status;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * All that is known of one program.
 *
 * @param findings the most serious first
 * @param verification empty if the file could not be read
 * @param policy empty if the program has none, or if it cannot be decoded
 * @param patches the last first; empty where {@code policy} is
 * @param dynamic whether a dynamic linker starts the program
 */
public record ProgramView(
    Origin origin,
    Status status,
    List<Finding> findings,
    Optional<Report> verification,
    Optional<PolicyView> policy,
    List<PatchView> patches,
    boolean dynamic) {
  public ProgramView {
    findings = List.copyOf(findings);
    patches = List.copyOf(patches);
  }

  /** The subjects of valid signatures. */
  public String signers() {
    return verification.map(Report::signatures).orElse(List.of()).stream()
        .filter(SignatureSummary::passed)
        .map(SignatureSummary::signer)
        .collect(Collectors.joining("; "));
  }
}

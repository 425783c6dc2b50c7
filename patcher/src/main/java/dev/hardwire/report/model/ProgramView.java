package dev.hardwire.report.model;

import dev.hardwire.filter.prove.Confinement;
import dev.hardwire.verify.result.Proof;
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
 * @param sha256 of the file, in hexadecimal digits; empty if it could not be read
 * @param buildId in hexadecimal digits; empty if it has none
 * @param machine such as {@code x86_64}; empty if it is not known
 * @param grade how little it can do
 * @param hardening empty if the file could not be read
 * @param libraries those that the program names
 */
public record ProgramView(
    Origin origin,
    Status status,
    List<Finding> findings,
    Optional<Report> verification,
    Optional<PolicyView> policy,
    List<PatchView> patches,
    boolean dynamic,
    String sha256,
    String buildId,
    String machine,
    Grade grade,
    Optional<Hardening> hardening,
    List<String> libraries) {
  public ProgramView {
    findings = List.copyOf(findings);
    patches = List.copyOf(patches);
    libraries = List.copyOf(libraries);
  }

  /** The same program with other findings. */
  public ProgramView with(List<Finding> others) {
    return new ProgramView(
        origin,
        status,
        others,
        verification,
        policy,
        patches,
        dynamic,
        sha256,
        buildId,
        machine,
        grade,
        hardening,
        libraries);
  }

  /** What its policies do together; empty if nothing is proven. */
  public Optional<Confinement> confinement() {
    return verification.flatMap(Report::confinement);
  }

  /** What the proof rests on; empty if nothing is proven. */
  public String proof() {
    return verification.flatMap(Report::proof).map(Proof::id).orElse("");
  }

  /** The subjects of valid signatures. */
  public String signers() {
    return verification.map(Report::signatures).orElse(List.of()).stream()
        .filter(SignatureSummary::passed)
        .map(SignatureSummary::signer)
        .collect(Collectors.joining("; "));
  }
}

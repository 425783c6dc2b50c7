package dev.hardwire.verify.result;

import dev.hardwire.filter.prove.Confinement;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a verification found.
 *
 * @param checks in order, ending early where nothing after a failure can be checked
 * @param patches the patches that could be read, the last first
 * @param signatures those that were checked
 * @param library that the program was made to need, if it was
 * @param confinement what the policies do together; empty if they are not proven
 */
public record Report(
    List<Check> checks,
    List<PatchSummary> patches,
    List<SignatureSummary> signatures,
    Optional<LibrarySummary> library,
    Optional<Confinement> confinement) {
  /** What checks find in a file that has nothing to do with Hardwire. */
  private static final Set<CheckFinding> PLAIN =
      Set.of(CheckFinding.NOT_HARD_WIRED, CheckFinding.NOT_SIGNED);

  public Report {
    checks = List.copyOf(checks);
    patches = List.copyOf(patches);
    signatures = List.copyOf(signatures);
  }

  /** Whether every check passed; a report without checks did not. */
  public boolean passed() {
    return !checks.isEmpty() && checks.stream().allMatch(Check::passed);
  }

  /** What the proof rests on; empty if the policies are not proven. */
  public Optional<Proof> proof() {
    return confinement.map(
        proven ->
            patches.stream().allMatch(patch -> patch.proof() == Proof.KERNEL)
                ? Proof.KERNEL
                : Proof.LINKED);
  }

  /** Whether the file passed with policies that allow every call. */
  public boolean enforcesNothing() {
    return confinement.isPresent() && confinement.get().enforcesNothing();
  }

  /** The library that the program needs, if nothing is known about it. */
  public Optional<LibrarySummary> uncheckedLibrary() {
    return library.filter(LibrarySummary::isUnchecked);
  }

  /**
   * Whether the file is an executable that was never hard-wired or signed: it has no trace of that,
   * and nothing else is wrong with it.
   */
  public boolean isPlain() {
    List<Check> failed = checks.stream().filter(check -> !check.passed()).toList();
    return signatures.isEmpty()
        && failed.stream().anyMatch(check -> check.finding() == CheckFinding.NOT_HARD_WIRED)
        && failed.stream().allMatch(check -> PLAIN.contains(check.finding()));
  }
}

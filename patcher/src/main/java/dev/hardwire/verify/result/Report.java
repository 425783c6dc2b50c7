package dev.hardwire.verify.result;

import dev.hardwire.filter.prove.Confinement;
import java.util.Collections;
import java.util.EnumSet;
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
      Set.of(CheckFinding.NOT_HARD_WIRED, CheckFinding.UNSUPPORTED, CheckFinding.NOT_SIGNED);

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
        proven -> Collections.max(patches.stream().map(PatchSummary::proof).toList()));
  }

  /** Whether the file passed with policies that allow every call. */
  public boolean enforcesNothing() {
    return confinement.isPresent() && confinement.get().enforcesNothing();
  }

  /** The library that the program needs, if nothing is known about it. */
  public Optional<LibrarySummary> uncheckedLibrary() {
    return library.filter(LibrarySummary::isUnchecked);
  }

  /** The state of the file. */
  public Status status() {
    Set<CheckFinding> found = EnumSet.noneOf(CheckFinding.class);
    checks.forEach(check -> found.add(check.finding()));
    if (checks.isEmpty() || found.contains(CheckFinding.FAILED)) {
      return Status.CHANGED;
    }
    if (found.contains(CheckFinding.UNMET) || found.contains(CheckFinding.UNKNOWN_START_CODE)) {
      return Status.NOT_VERIFIED;
    }
    if (found.contains(CheckFinding.UNREADABLE)) {
      return Status.UNREADABLE;
    }
    if (found.contains(CheckFinding.NOT_TRUSTED)) {
      return Status.NOT_TRUSTED;
    }
    if (found.contains(CheckFinding.UNSUPPORTED)) {
      return Status.UNSUPPORTED;
    }
    if (found.contains(CheckFinding.NOT_HARD_WIRED)) {
      return Status.NOT_HARD_WIRED;
    }
    if (enforcesNothing() || found.contains(CheckFinding.ENFORCES_NOTHING)) {
      return Status.ENFORCES_NOTHING;
    }
    if (uncheckedLibrary().isPresent()) {
      return Status.LIBRARY_UNCHECKED;
    }
    if (found.contains(CheckFinding.NO_TRUST_ANCHORS)) {
      return Status.SIGNATURE_UNCHECKED;
    }
    return found.contains(CheckFinding.NOT_SIGNED) ? Status.UNSIGNED : Status.CONFINED;
  }

  /**
   * Whether the file is an executable that was never hard-wired or signed: it has no trace of that,
   * and nothing else is wrong with it.
   */
  public boolean isPlain() {
    List<Check> failed = checks.stream().filter(check -> !check.passed()).toList();
    return signatures.isEmpty()
        && failed.stream().anyMatch(check -> check.finding() != CheckFinding.NOT_SIGNED)
        && failed.stream().allMatch(check -> PLAIN.contains(check.finding()));
  }
}

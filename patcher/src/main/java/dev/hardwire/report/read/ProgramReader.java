package dev.hardwire.report.read;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.filter.FilterException;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.report.model.FileShape;
import dev.hardwire.report.model.Finding;
import dev.hardwire.report.model.FindingKind;
import dev.hardwire.report.model.Origin;
import dev.hardwire.report.model.PatchView;
import dev.hardwire.report.model.PolicyView;
import dev.hardwire.report.model.ProgramView;
import dev.hardwire.report.model.Status;
import dev.hardwire.verify.Expectations;
import dev.hardwire.verify.Inspection;
import dev.hardwire.verify.Verifier;
import dev.hardwire.verify.result.Check;
import dev.hardwire.verify.result.LibrarySummary;
import dev.hardwire.verify.result.Report;
import dev.hardwire.work.Advice;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Verifies programs and decodes what patches have put into them. Used by several threads. */
public final class ProgramReader {
  private final Expectations expectations;
  private final PolicyReader policies = new PolicyReader();

  /**
   * A reader.
   *
   * @param expectations what every program must meet
   */
  public ProgramReader(Expectations expectations) {
    this.expectations = expectations;
  }

  /** A program that cannot be read. */
  public static ProgramView unreadable(Origin origin, String reason) {
    return new ProgramView(
        origin,
        Status.UNREADABLE,
        List.of(new Finding(FindingKind.UNREADABLE, reason)),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        false);
  }

  /** A program that can be read. */
  public ProgramView read(Origin origin, Bytes content) {
    Report report = Verifier.verify(content, expectations);
    Status status = status(report);
    List<Inspection> patches = patches(content, report);
    Optional<PolicyView> policy =
        patches.isEmpty()
            ? Optional.empty()
            : Optional.of(policies.read(patches, report.confinement().isPresent()));
    return new ProgramView(
        origin,
        status,
        findings(report, status),
        Optional.of(report),
        policy,
        patches.stream().map(ProgramReader::patch).toList(),
        !patches.isEmpty() && patches.get(0).patched().hasInterpreter());
  }

  private static Status status(Report report) {
    if (!report.passed()) {
      return report.isPlain() ? Status.NOT_HARD_WIRED : Status.FAILED;
    }
    if (report.enforcesNothing()) {
      return Status.ENFORCES_NOTHING;
    }
    return report.uncheckedLibrary().isPresent() ? Status.LIBRARY_UNCHECKED : Status.CONFINED;
  }

  /** Empty where the verification says already what is wrong. */
  private static List<Inspection> patches(Bytes content, Report report) {
    if (report.isPlain()) {
      return List.of();
    }
    try {
      return report.confinement().isPresent()
          ? Inspection.ofProven(content)
          : Inspection.of(content);
    } catch (ElfFormatException | BytesException | PolicyException | FilterException damaged) {
      return List.of();
    }
  }

  private static PatchView patch(Inspection patch) {
    ElfFile patched = patch.patched();
    Optional<FileShape> before = patch.original().map(was -> ShapeReader.before(was, patched));
    FileShape after =
        patch.original().isPresent()
            ? ShapeReader.after(patch.original().get(), patched)
            : ShapeReader.alone(patched);
    return new PatchView(
        PolicyReader.hook(patch),
        patch.library(),
        patch.notes().setup().isNeeded() ? 0 : patch.target(),
        patch.notes().record().release().toString(),
        patch.blobAddress(),
        patch.blobOffset(),
        patch.blobSize(),
        patch.notes().record().originalSize(),
        patch.notes().record().originalSha256().hex(),
        before,
        after);
  }

  private static List<Finding> findings(Report report, Status status) {
    List<Finding> findings = new ArrayList<>();
    if (status == Status.NOT_HARD_WIRED) {
      findings.add(new Finding(FindingKind.NOT_HARD_WIRED, "the program has no policy"));
    } else {
      for (Check check : report.checks()) {
        if (!check.passed()) {
          findings.add(
              new Finding(FindingKind.CHECK_FAILED, check.name() + ": " + Advice.detail(check)));
        }
      }
    }
    if (status == Status.ENFORCES_NOTHING) {
      findings.add(new Finding(FindingKind.ENFORCES_NOTHING, "every system call is allowed"));
    }
    report
        .uncheckedLibrary()
        .map(LibrarySummary::reason)
        .ifPresent(reason -> findings.add(new Finding(FindingKind.LIBRARY_NOT_CHECKED, reason)));
    report
        .confinement()
        .map(all -> all.riskyText())
        .filter(text -> !text.isEmpty())
        .ifPresent(text -> findings.add(new Finding(FindingKind.RISKY_CALLS, text)));
    findings.sort(Comparator.comparing(finding -> finding.rule().level()));
    return findings;
  }
}

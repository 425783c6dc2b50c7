package dev.hardwire.report.read;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import dev.hardwire.elf.DynamicStrings;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.filter.FilterException;
import dev.hardwire.filter.prove.Confinement;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.report.model.FileShape;
import dev.hardwire.report.model.Finding;
import dev.hardwire.report.model.FindingKind;
import dev.hardwire.report.model.Grade;
import dev.hardwire.report.model.Origin;
import dev.hardwire.report.model.PatchView;
import dev.hardwire.report.model.PolicyView;
import dev.hardwire.report.model.ProgramView;
import dev.hardwire.verify.Expectations;
import dev.hardwire.verify.Inspection;
import dev.hardwire.verify.Verifier;
import dev.hardwire.verify.result.Check;
import dev.hardwire.verify.result.CheckFinding;
import dev.hardwire.verify.result.Report;
import dev.hardwire.verify.result.Status;
import dev.hardwire.work.Advice;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
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
        List.of(new Finding(FindingKind.UNREADABLE, CheckWords.UNREADABLE, List.of(reason))),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        false,
        "",
        "",
        "",
        Grade.none(Status.UNREADABLE.meaning()),
        Optional.empty(),
        List.of());
  }

  public ProgramView read(Origin origin, Bytes content) {
    Report report = Verifier.verify(content, expectations);
    List<Inspection> inspected = inspect(content, report);
    List<PatchView> patches = inspected.stream().map(ProgramReader::patch).toList();
    Optional<PolicyView> policy =
        inspected.isEmpty()
            ? Optional.empty()
            : Optional.of(policies.read(inspected, report.confinement().isPresent()));
    Optional<ElfFile> elf = parsed(content);
    return new ProgramView(
        origin,
        report.status(),
        findings(report),
        Optional.of(report),
        policy,
        patches,
        elf.map(ProgramReader::isDynamic).orElse(false),
        content.sha256().hex(),
        elf.map(ProgramReader::buildId).orElse(""),
        elf.map(one -> one.machine().id()).orElse(""),
        GradeReader.grade(report, policy, patches),
        elf.map(HardeningReader::read),
        elf.map(one -> DynamicStrings.of(one).all(DynamicTag.NEEDED)).orElse(List.of()));
  }

  /** Under the hook first, only the original names its dynamic linker. */
  private static boolean isDynamic(ElfFile elf) {
    return elf.hasInterpreter() || HardwireNotes.isFirst(elf);
  }

  private static String buildId(ElfFile elf) {
    try {
      return elf.buildId().orElse("");
    } catch (ElfFormatException | BytesException damaged) {
      return "";
    }
  }

  private static Optional<ElfFile> parsed(Bytes content) {
    try {
      return Optional.of(ElfFile.parse(content));
    } catch (ElfFormatException | BytesException damaged) {
      return Optional.empty(); // which the verification says
    }
  }

  /** Empty where the verification says already what is wrong. */
  private static List<Inspection> inspect(Bytes content, Report report) {
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

  /** One for each kind: a sentence about the first check that failed, and all of them. */
  private static List<Finding> findings(Report report) {
    Map<FindingKind, List<Check>> failed = new EnumMap<>(FindingKind.class);
    for (Check check : report.checks()) {
      boolean obvious = report.isPlain() && check.finding() == CheckFinding.NOT_SIGNED;
      if (!check.passed() && !obvious) {
        failed.computeIfAbsent(kind(check.finding()), key -> new ArrayList<>()).add(check);
      }
    }
    List<Finding> findings = new ArrayList<>();
    failed.forEach(
        (kind, checks) ->
            findings.add(
                new Finding(
                    kind,
                    CheckWords.of(checks.get(0)),
                    checks.stream()
                        .map(check -> check.name() + ": " + Advice.detail(check))
                        .toList())));
    if (report.passed() && report.enforcesNothing()) {
      String message = "The policy allows every system call, so it restricts nothing.";
      findings.add(new Finding(FindingKind.ENFORCES_NOTHING, message, List.of()));
    }
    report
        .uncheckedLibrary()
        .ifPresent(
            library ->
                findings.add(
                    new Finding(
                        FindingKind.LIBRARY_UNCHECKED,
                        "A library installs the policy when the program starts, and that library"
                            + " was not checked.",
                        List.of(library.reason()))));
    report
        .confinement()
        .filter(all -> !all.riskyText().isEmpty())
        .ifPresent(all -> findings.add(risky(all)));
    findings.sort(Comparator.comparing(Finding::rule));
    return findings;
  }

  private static Finding risky(Confinement all) {
    int count = all.risky().size() + all.riskyAtTimes().size();
    String message =
        count == 1
            ? "The program may make a call that can undo its policy."
            : "The program may make %d kinds of calls that can undo its policy.".formatted(count);
    return new Finding(FindingKind.RISKY_CALLS, message, List.of(all.riskyText()));
  }

  private static FindingKind kind(CheckFinding finding) {
    return switch (finding) {
      case NOT_HARD_WIRED -> FindingKind.NOT_HARD_WIRED;
      case NOT_SIGNED -> FindingKind.UNSIGNED;
      case NO_TRUST_ANCHORS -> FindingKind.SIGNATURE_UNCHECKED;
      case ENFORCES_NOTHING -> FindingKind.ENFORCES_NOTHING;
      case UNSUPPORTED -> FindingKind.UNSUPPORTED;
      case UNREADABLE -> FindingKind.UNREADABLE;
      case NOT_TRUSTED -> FindingKind.NOT_TRUSTED;
      case UNMET, UNKNOWN_START_CODE -> FindingKind.NOT_VERIFIED;
      case PASSED, FAILED -> FindingKind.CHANGED;
    };
  }
}

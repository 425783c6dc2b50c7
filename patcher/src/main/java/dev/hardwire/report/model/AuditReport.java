package dev.hardwire.report.model;

import dev.hardwire.policy.text.Waiver;
import dev.hardwire.report.model.FindingKind.Level;
import dev.hardwire.verify.result.Status;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * A report on programs. Equal inputs give equal reports: it has no time unless it is given one.
 *
 * @param tool name and version of what made it
 * @param date of the report, if one was given
 * @param scope what it is about
 * @param programs in the order of their paths
 * @param comparison with an earlier report
 * @param expired waivers whose last day is over
 */
public record AuditReport(
    String tool,
    Optional<Instant> date,
    Scope scope,
    List<ProgramView> programs,
    Optional<ComparedReports> comparison,
    List<Waiver> expired) {
  public AuditReport {
    programs = List.copyOf(programs);
    expired = List.copyOf(expired);
  }

  /** A report on programs in any order. */
  public static AuditReport of(
      String tool, Optional<Instant> date, Scope scope, Collection<ProgramView> programs) {
    List<ProgramView> sorted = new ArrayList<>(programs);
    sorted.sort(Comparator.comparing(program -> program.origin().path()));
    return new AuditReport(tool, date, scope, sorted, Optional.empty(), List.of());
  }

  /** The same report, compared with an earlier one. */
  public AuditReport with(ComparedReports compared) {
    return new AuditReport(tool, date, scope, programs, Optional.of(compared), expired);
  }

  /** The same report, in which findings are accepted by waivers that hold on a day. */
  public AuditReport with(List<Waiver> waivers, LocalDate today) {
    List<Waiver> valid = new ArrayList<>(waivers);
    valid.removeIf(waiver -> waiver.until().isBefore(today));
    List<Waiver> over = new ArrayList<>(waivers);
    over.removeAll(valid);
    List<ProgramView> waived = new ArrayList<>();
    for (ProgramView program : programs) {
      String path = program.origin().path();
      waived.add(
          program.with(
              program.findings().stream()
                  .map(
                      finding ->
                          new Finding(
                              finding.rule(),
                              finding.message(),
                              finding.details(),
                              valid.stream()
                                  .filter(one -> one.finding().equals(finding.rule().id()))
                                  .filter(one -> one.covers(path, program.sha256()))
                                  .findFirst()))
                  .toList()));
    }
    return new AuditReport(tool, date, scope, waived, comparison, over);
  }

  /** The programs, those that are not confined first. */
  public List<ProgramView> byStatus() {
    List<ProgramView> sorted = new ArrayList<>(programs);
    sorted.sort(Comparator.comparing(ProgramView::status));
    return sorted;
  }

  /** How many programs there are of each status; every status is there. */
  public Map<Status, Integer> totals() {
    Map<Status, Integer> totals = new TreeMap<>();
    for (Status status : Status.values()) {
      totals.put(status, 0);
    }
    programs.forEach(program -> totals.merge(program.status(), 1, Integer::sum));
    return totals;
  }

  /** How many findings there are of a level, without those that are accepted. */
  public long count(Level level) {
    return open(finding -> finding.rule().level() == level);
  }

  /** How many findings there are that nobody has accepted, among those that are wanted. */
  public long open(Predicate<Finding> wanted) {
    return programs.stream()
        .flatMap(program -> program.findings().stream())
        .filter(finding -> finding.waiver().isEmpty() && wanted.test(finding))
        .count();
  }

  /** A line for each expired waiver: its place, what it accepted, and its last day. */
  public List<String> endings() {
    return expired.stream()
        .map(one -> "%s: %s, until %s".formatted(one.position(), one.finding(), one.until()))
        .toList();
  }

  public long accepted() {
    return programs.stream()
        .flatMap(program -> program.findings().stream())
        .filter(finding -> finding.waiver().isPresent())
        .count();
  }

  /** The different policies, in the order of the programs that have them. */
  public List<PolicyView> policies() {
    Map<String, PolicyView> found = new LinkedHashMap<>();
    for (ProgramView program : programs) {
      program.policy().ifPresent(policy -> found.putIfAbsent(policy.key(), policy));
    }
    return List.copyOf(found.values());
  }
}

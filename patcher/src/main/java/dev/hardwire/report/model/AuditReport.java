package dev.hardwire.report.model;

import dev.hardwire.verify.result.Status;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A report on programs. Equal inputs give equal reports: it has no time unless it is given one.
 *
 * @param tool name and version of what made it
 * @param date of the report, if one was given
 * @param programs in the order of their paths
 * @param comparison with an earlier report
 */
public record AuditReport(
    String tool,
    Optional<Instant> date,
    List<ProgramView> programs,
    Optional<ComparedReports> comparison) {
  public AuditReport {
    programs = List.copyOf(programs);
  }

  /** A report on programs in any order. */
  public static AuditReport of(
      String tool, Optional<Instant> date, Collection<ProgramView> programs) {
    List<ProgramView> sorted = new ArrayList<>(programs);
    sorted.sort(Comparator.comparing(program -> program.origin().path()));
    return new AuditReport(tool, date, sorted, Optional.empty());
  }

  /** The same report, compared with an earlier one. */
  public AuditReport with(ComparedReports compared) {
    return new AuditReport(tool, date, programs, Optional.of(compared));
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

  /** The different policies, in the order of the programs that have them. */
  public List<PolicyView> policies() {
    Map<String, PolicyView> found = new LinkedHashMap<>();
    for (ProgramView program : programs) {
      program.policy().ifPresent(policy -> found.putIfAbsent(policy.key(), policy));
    }
    return List.copyOf(found.values());
  }
}

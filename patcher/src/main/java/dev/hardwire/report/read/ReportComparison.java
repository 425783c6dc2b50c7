package dev.hardwire.report.read;

import dev.hardwire.calls.RiskyCalls;
import dev.hardwire.filter.prove.explain.ExplainedCall;
import dev.hardwire.report.model.AuditReport;
import dev.hardwire.report.model.ComparedReports;
import dev.hardwire.report.model.ComparedReports.Change;
import dev.hardwire.report.model.ComparedReports.GoneFinding;
import dev.hardwire.report.model.ComparedReports.Kind;
import dev.hardwire.report.model.Finding;
import dev.hardwire.report.model.PolicyView;
import dev.hardwire.report.model.PolicyView.Access;
import dev.hardwire.report.model.ProgramView;
import dev.hardwire.verify.result.Report;
import dev.hardwire.verify.result.SignatureSummary;
import dev.hardwire.verify.result.Status;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Compares a report with an earlier one, program by program. */
public final class ReportComparison {
  private final List<Change> changes = new ArrayList<>();
  private final Set<String> known = new HashSet<>();
  private final List<GoneFinding> gone = new ArrayList<>();

  private ReportComparison() {}

  /**
   * What changed.
   *
   * @param name of the earlier report, for people
   * @param earlier its text in JSON
   * @throws ReportFormatException if that is not a report
   */
  public static ComparedReports of(String name, String earlier, AuditReport now)
      throws ReportFormatException {
    ReportComparison comparison = new ReportComparison();
    Map<String, EarlierReport.Program> left =
        new TreeMap<>(EarlierReport.parse(earlier).programs());
    for (ProgramView program : now.programs()) {
      Optional<EarlierReport.Program> was =
          Optional.ofNullable(left.remove(program.origin().path()));
      if (was.isPresent()) {
        comparison.compare(was.get(), program);
      } else {
        comparison.added(program);
      }
    }
    left.forEach(comparison::removed);
    comparison.changes.sort(Comparator.comparing(Change::path));
    return new ComparedReports(name, comparison.changes, comparison.known, comparison.gone);
  }

  private void added(ProgramView program) {
    boolean worse = program.status() != Status.CONFINED;
    changes.add(
        new Change(
            program.origin().path(),
            Kind.ADDED,
            worse,
            List.of("it is " + program.status().text())));
  }

  private void removed(String path, EarlierReport.Program was) {
    gone.addAll(was.findings());
    changes.add(new Change(path, Kind.REMOVED, false, List.of("it was " + words(was.status()))));
  }

  private static String words(String id) {
    return Stream.of(Status.values())
        .filter(status -> status.id().equals(id))
        .map(Status::text)
        .findFirst()
        .orElse(id);
  }

  private void compare(EarlierReport.Program was, ProgramView now) {
    findings(was, now);
    List<String> details = new ArrayList<>();
    boolean worse = false;
    if (!was.status().equals(now.status().id())) {
      details.add("it was %s, and is %s".formatted(words(was.status()), now.status().text()));
      worse = was.status().equals(Status.CONFINED.id());
    }
    if (was.policy().isPresent() && now.policy().isPresent()) {
      worse |= policies(was.policy().get(), now.policy().get(), details);
    }
    Set<String> signers = signers(now);
    if (!was.signers().equals(signers)) {
      worse |= !signers.containsAll(was.signers());
      details.add("it was %s, and is %s".formatted(signed(was.signers()), signed(signers)));
    }
    if (!details.isEmpty()) {
      changes.add(new Change(now.origin().path(), Kind.CHANGED, worse, details));
    }
  }

  private static Set<String> signers(ProgramView program) {
    return program.verification().map(Report::signatures).orElse(List.of()).stream()
        .filter(SignatureSummary::passed)
        .map(SignatureSummary::signer)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String signed(Set<String> signers) {
    return signers.isEmpty() ? "not signed" : "signed by " + String.join(" and ", signers);
  }

  private void findings(EarlierReport.Program was, ProgramView now) {
    String path = now.origin().path();
    Set<String> keys = new HashSet<>();
    for (Finding finding : now.findings()) {
      keys.add(ComparedReports.key(path, finding.rule().id(), finding.message()));
    }
    for (GoneFinding finding : was.findings()) {
      String key = ComparedReports.key(path, finding.rule(), finding.message());
      if (keys.contains(key)) {
        known.add(key);
      } else {
        gone.add(finding);
      }
    }
  }

  /** Adds what differs; returns whether anything more is allowed. */
  private static boolean policies(EarlierReport.Policy was, PolicyView now, List<String> details) {
    if (!was.names().equals(now.names())) {
      details.add("its policy was \"%s\", and is \"%s\"".formatted(was.names(), now.names()));
    }
    List<String> more = new ArrayList<>();
    List<String> less = new ArrayList<>();
    List<String> other = new ArrayList<>();
    Map<String, String> decisions = now.decisions();
    for (Map.Entry<String, Access> call : new TreeMap<>(now.access()).entrySet()) {
      Access before = was.access().get(call.getKey());
      if (before != null && before != call.getValue()) {
        String risky = RiskyCalls.reasons().containsKey(call.getKey()) ? " (risky)" : "";
        String text = call.getKey() + risky;
        if (call.getValue() == Access.CONDITIONAL) {
          text += ", for some arguments";
        }
        (call.getValue().compareTo(before) > 0 ? more : less).add(text);
      } else if (before != null
          && !decisions.get(call.getKey()).equals(was.decisions().get(call.getKey()))) {
        other.add(call.getKey() + ": " + decisions.get(call.getKey()));
      }
    }
    list("allowed now: ", more, details);
    list("no longer allowed, or for fewer arguments: ", less, details);
    list("other actions or conditions: ", other, details);
    Set<String> restrictions = new TreeSet<>();
    for (ExplainedCall row : now.restrictions()) {
      restrictions.add(row.call() + ": " + row.decision() + ", " + row.when());
    }
    Set<String> dropped = new TreeSet<>(was.restrictions());
    dropped.removeAll(restrictions);
    Set<String> added = new TreeSet<>(restrictions);
    added.removeAll(was.restrictions());
    list("restrictions gone: ", new ArrayList<>(dropped), details);
    list("restrictions new: ", new ArrayList<>(added), details);
    Set<String> phases = new TreeSet<>();
    now.phases().forEach(phase -> phases.add(phase(phase)));
    Set<String> ended = new TreeSet<>(was.phases());
    ended.removeAll(phases);
    phases.removeAll(was.phases());
    list("phases gone: ", new ArrayList<>(ended), details);
    list("phases new: ", new ArrayList<>(phases), details);
    return !more.isEmpty() || !dropped.isEmpty() || !ended.isEmpty();
  }

  private static String phase(PolicyView.Phase phase) {
    return "from %s on (%s)"
        .formatted(
            phase.moment(),
            phase.calls().stream()
                .map(row -> row.call() + " " + row.decision() + " " + row.when())
                .collect(Collectors.joining("; ")));
  }

  private static void list(String what, List<String> texts, List<String> details) {
    if (!texts.isEmpty()) {
      details.add(what + String.join("; ", texts));
    }
  }
}

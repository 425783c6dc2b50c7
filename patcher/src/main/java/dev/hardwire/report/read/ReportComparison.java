package dev.hardwire.report.read;

import dev.hardwire.calls.RiskyCalls;
import dev.hardwire.filter.prove.explain.ExplainedCall;
import dev.hardwire.report.model.AuditReport;
import dev.hardwire.report.model.ComparedReports;
import dev.hardwire.report.model.ComparedReports.Change;
import dev.hardwire.report.model.ComparedReports.GoneFinding;
import dev.hardwire.report.model.ComparedReports.Kind;
import dev.hardwire.report.model.Finding;
import dev.hardwire.report.model.PatchView;
import dev.hardwire.report.model.PolicyView;
import dev.hardwire.report.model.PolicyView.Access;
import dev.hardwire.report.model.ProgramView;
import dev.hardwire.verify.result.Report;
import dev.hardwire.verify.result.SignatureSummary;
import dev.hardwire.verify.result.Status;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
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
    List<ProgramView> others = new ArrayList<>();
    for (ProgramView program : now.programs()) {
      Optional<EarlierReport.Program> was =
          Optional.ofNullable(left.remove(program.origin().path()));
      if (was.isPresent()) {
        comparison.compare(was.get(), program);
      } else {
        others.add(program);
      }
    }
    Map<String, String> byDigest = new HashMap<>();
    left.forEach((path, was) -> byDigest.putIfAbsent(was.sha256(), path));
    for (ProgramView program : others) {
      String path = program.sha256().isEmpty() ? null : byDigest.remove(program.sha256());
      if (path == null) {
        comparison.added(program);
      } else {
        comparison.gone.addAll(left.remove(path).findings());
        comparison.change(program, Kind.MOVED, false, List.of("it was " + path), List.of());
      }
    }
    left.forEach(comparison::removed);
    comparison.changes.sort(Comparator.comparing(Change::path));
    return new ComparedReports(name, comparison.changes, comparison.known, comparison.gone);
  }

  private void change(
      ProgramView program, Kind kind, boolean worse, List<String> details, List<String> more) {
    changes.add(new Change(program.origin().path(), kind, worse, details, more));
  }

  private void added(ProgramView program) {
    boolean worse = program.status() != Status.CONFINED;
    change(program, Kind.ADDED, worse, List.of("it is " + program.status().text()), List.of());
  }

  private void removed(String path, EarlierReport.Program was) {
    gone.addAll(was.findings());
    changes.add(
        new Change(path, Kind.REMOVED, false, List.of("it was " + words(was.status())), List.of()));
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
    List<String> more = new ArrayList<>();
    boolean worse = false;
    if (!was.status().equals(now.status().id())) {
      details.add("it was %s, and is %s".formatted(words(was.status()), now.status().text()));
      worse = was.status().equals(Status.CONFINED.id());
    }
    boolean replaced = files(was, now, details, more);
    if (was.policy().isPresent() && now.policy().isPresent()) {
      worse |= policies(was.policy().get(), now.policy().get(), details, more);
    }
    Set<String> signers = signers(now);
    if (!was.signers().equals(signers)) {
      worse |= !signers.containsAll(was.signers());
      details.add("it was %s, and is %s".formatted(signed(was.signers()), signed(signers)));
    }
    if (!details.isEmpty()) {
      change(now, replaced ? Kind.REPLACED : Kind.CHANGED, worse, details, more);
    }
  }

  /**
   * Says whether the bytes are others; returns whether the program beneath the patch is another.
   */
  private static boolean files(
      EarlierReport.Program was, ProgramView now, List<String> details, List<String> more) {
    if (was.sha256().equals(now.sha256()) || was.sha256().isEmpty() || now.sha256().isEmpty()) {
      return false;
    }
    more.add("its SHA-256 was %s, and is %s".formatted(was.sha256(), now.sha256()));
    List<PatchView> patches = now.patches();
    String original = patches.isEmpty() ? "" : patches.get(patches.size() - 1).originalSha256();
    String before = was.original().isEmpty() ? was.sha256() : was.original();
    if (before.equals(original.isEmpty() ? now.sha256() : original)) {
      details.add("the same program was patched, signed or restored anew");
      return false;
    }
    details.add("its bytes are those of another program than before");
    return true;
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
  private static boolean policies(
      EarlierReport.Policy was, PolicyView now, List<String> details, List<String> rest) {
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
        boolean some = call.getValue() == Access.CONDITIONAL;
        String text = call.getKey() + (some ? ", for some arguments" : "");
        (call.getValue().compareTo(before) > 0 ? more : less).add(text);
      } else if (before != null
          && !decisions.get(call.getKey()).equals(was.decisions().get(call.getKey()))) {
        other.add(call.getKey() + ": " + decisions.get(call.getKey()));
      }
    }
    calls("allowed now: ", more, details, rest);
    calls("no longer allowed, or for fewer arguments: ", less, details, rest);
    list("other actions or conditions: ", other, rest);
    if (!other.isEmpty()) {
      details.add("calls with other actions or conditions: " + other.size());
    }
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

  /** Risky calls first, by themselves; of the others, how many there are. */
  private static void calls(
      String what, List<String> calls, List<String> details, List<String> more) {
    List<String> risky = new ArrayList<>(calls);
    risky.removeIf(call -> !RiskyCalls.reasons().containsKey(call.replaceFirst(",.*", "")));
    List<String> others = new ArrayList<>(calls);
    others.removeAll(risky);
    list("risky calls " + what, risky, details);
    if (!others.isEmpty()) {
      details.add("other calls " + what + others.size());
      list("other calls " + what, others, more);
    }
  }

  private static void list(String what, List<String> texts, List<String> details) {
    if (!texts.isEmpty()) {
      details.add(what + String.join("; ", texts));
    }
  }
}

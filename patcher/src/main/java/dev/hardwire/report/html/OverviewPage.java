package dev.hardwire.report.html;

import dev.hardwire.report.model.AuditReport;
import dev.hardwire.report.model.ComparedReports;
import dev.hardwire.report.model.PolicyView;
import dev.hardwire.report.model.ProgramView;
import dev.hardwire.report.model.Status;
import dev.hardwire.verify.result.Report;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A page about many programs. */
public final class OverviewPage {
  /** Rows of a chart. */
  private static final int ROWS = 12;

  /** A step of the chart of allowed calls. */
  private static final int STEP = 50;

  private final AuditReport report;
  private final Page page;
  private final Html html;
  private final boolean alone;
  private final Map<String, Integer> policies = new HashMap<>();

  private OverviewPage(AuditReport report, boolean alone) {
    this.report = report;
    this.page = new Page(report);
    this.html = page.html();
    this.alone = alone;
    for (PolicyView policy : report.policies()) {
      policies.put(policy.key(), policies.size());
    }
  }

  /**
   * The page.
   *
   * @param alone whether it has all details; else each program has a page of its own
   */
  public static String of(AuditReport report, boolean alone) {
    return new OverviewPage(report, alone).write();
  }

  /** The name of the page about a program. */
  public static String pageOf(int index) {
    return "program-" + (index + 1) + ".html";
  }

  private String write() {
    page.begin("Programs");
    List<String> links = new ArrayList<>(List.of("totals", "Totals"));
    if (report.comparison().isPresent()) {
      links.addAll(List.of("changes", "Changes"));
    }
    links.addAll(List.of("programs", "Programs"));
    if (!policies.isEmpty()) {
      links.addAll(List.of("policies", "Policies"));
    }
    if (alone) {
      links.addAll(List.of("details", "Details"));
    }
    page.top(
        Sentences.count(report.programs().size(), "program"), null, links.toArray(String[]::new));
    totals();
    report.comparison().ifPresent(this::changes);
    programs();
    if (!policies.isEmpty()) {
      page.part("policies", "Policies");
      new PolicyList(html, report).write();
      page.end();
    }
    if (alone) {
      page.part("details", "Details of each program");
      new ProgramList(html, report, policies).write();
      page.end();
    }
    return page.finish();
  }

  private void totals() {
    page.part("totals", "Totals");
    Map<Status, Integer> totals = report.totals();
    int confined = totals.get(Status.CONFINED);
    int others = report.programs().size() - confined;
    html.element(
        "p",
        others == 0
            ? "All programs confine themselves. That is proven from their bytes."
            : "%s of %s %s not proven to be confined."
                .formatted(
                    Sentences.number(others),
                    Sentences.count(report.programs().size(), "program"),
                    others == 1 ? "is" : "are"),
        "class",
        "lead");
    Bar bar = new Bar("Programs");
    totals.forEach((status, count) -> bar.add(status.text(), count, "s-" + status.id()));
    bar.draw(html);
    html.open("div", "class", "charts");
    Chart.draw(html, "Risky calls, by programs that allow them", risky());
    Chart.draw(html, "Programs by number of allowed calls", allowed());
    Chart.draw(html, "Programs by policy", byPolicy());
    Chart.draw(html, "Programs by signer", bySigner());
    html.close();
    page.end();
  }

  private List<Chart.Row> risky() {
    Map<String, Integer> counts = new TreeMap<>();
    for (ProgramView program : report.programs()) {
      program
          .verification()
          .flatMap(Report::confinement)
          .ifPresent(
              all -> {
                all.risky().forEach(call -> counts.merge(call, 1, Integer::sum));
                all.riskyAtTimes().forEach(call -> counts.merge(call, 1, Integer::sum));
              });
    }
    return most(counts);
  }

  private List<Chart.Row> allowed() {
    Map<Integer, Integer> counts = new TreeMap<>();
    for (ProgramView program : report.programs()) {
      program
          .verification()
          .flatMap(Report::confinement)
          .ifPresent(all -> counts.merge(all.allowed() / STEP, 1, Integer::sum));
    }
    List<Chart.Row> rows = new ArrayList<>();
    counts.forEach(
        (step, count) -> {
          String name = "%d to %d".formatted(step * STEP, step * STEP + STEP - 1);
          rows.add(new Chart.Row(name, count, name + " calls: " + count));
        });
    return rows;
  }

  private List<Chart.Row> byPolicy() {
    Map<String, Integer> counts = new TreeMap<>();
    for (ProgramView program : report.programs()) {
      counts.merge(program.policy().map(PolicyView::names).orElse("(none)"), 1, Integer::sum);
    }
    return most(counts);
  }

  private List<Chart.Row> bySigner() {
    Map<String, Integer> counts = new TreeMap<>();
    for (ProgramView program : report.programs()) {
      String signers = program.signers();
      if (!signers.isEmpty()) {
        counts.merge(signers, 1, Integer::sum);
      }
    }
    return most(counts);
  }

  /** The largest numbers, the largest first. */
  private static List<Chart.Row> most(Map<String, Integer> counts) {
    List<Map.Entry<String, Integer>> sorted = new ArrayList<>(counts.entrySet());
    sorted.sort(
        Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
            .thenComparing(Map.Entry.comparingByKey()));
    return sorted.stream()
        .limit(ROWS)
        .map(one -> new Chart.Row(one.getKey(), one.getValue(), one.getKey()))
        .toList();
  }

  private void changes(ComparedReports comparison) {
    page.part("changes", "What changed since " + comparison.earlier());
    if (comparison.changes().isEmpty()) {
      html.element("p", "Nothing changed.");
      page.end();
      return;
    }
    long worse = comparison.changes().stream().filter(ComparedReports.Change::worse).count();
    html.element(
        "p",
        "%s %s; %s less confined than before, or new and not confined."
            .formatted(
                Sentences.count(comparison.changes().size(), "program"),
                comparison.changes().size() == 1 ? "differs" : "differ",
                worse == 1 ? "1 is" : Sentences.number(worse) + " are"),
        "class",
        "lead");
    html.open("div", "class", "scroll", "tabindex", "0", "role", "group", "aria-label", "Changes");
    html.open("table").element("caption", "Changes", "class", "hidden").open("thead").open("tr");
    html.element("th", "program", "scope", "col").element("th", "change", "scope", "col");
    html.element("th", "details", "scope", "col").close(2).open("tbody");
    List<ComparedReports.Change> sorted = new ArrayList<>(comparison.changes());
    sorted.sort(Comparator.comparing(change -> !change.worse()));
    for (ComparedReports.Change change : sorted) {
      html.open("tr").element("td", change.path(), "class", "code").open("td");
      html.element(
          "span", change.kind().text(), "class", change.worse() ? "verdict denies" : "verdict");
      html.close().open("td").open("ul", "class", "plain");
      change.details().forEach(detail -> html.element("li", detail));
      html.close(3).line();
    }
    html.close(3);
    page.end();
  }

  private void programs() {
    Map<String, Integer> numbers = new HashMap<>();
    report.programs().forEach(program -> numbers.put(program.origin().path(), numbers.size()));
    page.part("programs", "Programs");
    ProgramTable table = new ProgramTable(html);
    table.begin(statuses());
    for (ProgramView program : report.byStatus()) {
      int number = numbers.get(program.origin().path());
      String policy =
          program.policy().map(one -> "#policy-" + policies.get(one.key())).orElse(null);
      table.row(program, alone ? "#p" + number : pageOf(number), policy);
    }
    table.end();
    page.end();
  }

  private Map<Status, Integer> statuses() {
    Map<Status, Integer> found = new LinkedHashMap<>(report.totals());
    found.values().removeIf(count -> count == 0);
    return found;
  }
}

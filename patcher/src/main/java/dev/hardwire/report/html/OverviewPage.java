package dev.hardwire.report.html;

import dev.hardwire.report.model.AuditReport;
import dev.hardwire.report.model.ComparedReports;
import dev.hardwire.report.model.PolicyView;
import dev.hardwire.report.model.ProgramView;
import dev.hardwire.verify.result.Report;
import dev.hardwire.verify.result.Status;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

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

  /** Numbers as horizontal bars, one below the other. */
  private static final class Chart {
    private static final int WIDTH = 560;
    private static final int LEFT = 190;
    private static final int RIGHT = 56;
    private static final int ROW = 22;

    /** One bar. */
    record Row(String name, long value, String tip) {}

    private Chart() {}

    static void draw(Html html, String title, List<Row> rows) {
      if (rows.isEmpty()) {
        return;
      }
      long most = Math.max(1, rows.stream().mapToLong(Row::value).max().orElse(1));
      StringBuilder label = new StringBuilder(title).append(':');
      rows.forEach(
          row -> label.append(' ').append(row.name()).append(' ').append(row.value()).append(';'));
      html.open("div", "class", "chart").element("h3", title);
      Svg svg = new Svg(html, WIDTH, ROW * rows.size() + 4, label.toString());
      int y = 2;
      for (Row row : rows) {
        double width = (double) (WIDTH - LEFT - RIGHT) * row.value() / most;
        svg.text(LEFT - 8, y + 15, Svg.fitting(row.name(), LEFT - 4), "end small");
        svg.box(LEFT, y + 2, Math.max(1, width), ROW - 6, "b-chart", row.tip());
        svg.text(LEFT + width + 6, y + 15, Sentences.number(row.value()), "small");
        y += ROW;
      }
      svg.end();
      html.close().line();
    }
  }

  /** The policies of many programs, each once. */
  private static final class PolicyList {
    /** With more policies, the decisions are lines of text instead of tables. */
    private static final int MOST_TABLES = 20;

    private final Html html;
    private final AuditReport report;

    PolicyList(Html html, AuditReport report) {
      this.html = html;
      this.report = report;
    }

    void write() {
      Map<String, Integer> uses = new HashMap<>();
      for (ProgramView program : report.programs()) {
        program.policy().ifPresent(policy -> uses.merge(policy.key(), 1, Integer::sum));
      }
      List<PolicyView> policies = report.policies();
      for (int i = 0; i < policies.size(); i++) {
        PolicyView policy = policies.get(i);
        html.open("details", "class", "group", "id", "policy-" + i).open("summary");
        html.element("b", policy.names());
        html.text(
            " (%s, %s%s)"
                .formatted(
                    policy.architecture().id(),
                    Sentences.count(uses.get(policy.key()), "program"),
                    policy.proven() ? "" : ", not proven"));
        html.close();
        policy(policy, policies.size() <= MOST_TABLES);
        html.close().line();
      }
    }

    private void policy(PolicyView policy, boolean tables) {
      if (tables) {
        new CallsPart(html, policy).write();
      } else {
        html.element("h3", "Decisions");
        pre("Decisions", CallsPart.lines(policy));
      }
      if (!policy.restrictions().isEmpty()) {
        html.element("h3", "Files, ports and limits");
        pre(
            "Files, ports and limits",
            policy.restrictions().stream()
                .map(row -> row.call() + ": " + row.decision() + ", " + row.when())
                .collect(Collectors.joining("\n")));
      }
      for (PolicyView.Layer layer : policy.layers()) {
        html.element("h3", "Setup of \"" + layer.name() + "\"");
        pre("Setup", String.join("\n", layer.setup()));
        for (PolicyView.Phase phase : layer.phases()) {
          html.element("h3", "Setup of the phase \"" + phase.name() + "\"");
          pre("Setup", String.join("\n", phase.setup()));
        }
        html.element("h3", "Text of \"" + layer.name() + "\"");
        pre("Policy", layer.text());
      }
    }

    private void pre(String label, String text) {
      html.open("pre", "tabindex", "0", "role", "group", "aria-label", label).lines(text).close();
    }
  }
}

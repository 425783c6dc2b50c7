package dev.hardwire.report.html;

import dev.hardwire.report.model.AuditReport;
import dev.hardwire.report.model.ComparedReports;
import dev.hardwire.report.model.Finding;
import dev.hardwire.report.model.FindingKind.Level;
import dev.hardwire.report.model.PolicyView;
import dev.hardwire.report.model.ProgramView;
import dev.hardwire.verify.result.Status;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** A page about many programs. */
public final class OverviewPage {
  private static final String NO_SCRIPT =
      "Details of programs and policies are folded, and opened by the script of this page. With -o"
          + " DIRECTORY/, each program gets a page that needs none.";

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
    CompletableFuture<String> folded =
        CompletableFuture.supplyAsync(() -> FoldedDetails.of(report, policies, alone));
    page.begin("Programs", true);
    boolean archived = report.programs().stream().anyMatch(one -> one.origin().layer().isPresent());
    Map<String, List<ProgramView>> layers = groups(one -> one.origin().layer());
    Map<String, List<ProgramView>> packages = groups(one -> one.origin().owner());
    List<String> links = new ArrayList<>(List.of("totals", "Totals"));
    if (report.comparison().isPresent()) {
      links.addAll(List.of("changes", "Changes"));
    }
    List<String> groups = new ArrayList<>();
    if (!layers.isEmpty()) {
      groups.addAll(List.of("layers", "Layers"));
    }
    if (!packages.isEmpty()) {
      groups.addAll(List.of("packages", "Packages"));
    }
    links.addAll(archived ? 0 : links.size(), groups);
    links.addAll(List.of("programs", "Programs"));
    if (alone) {
      links.addAll(List.of("details", "Details"));
    }
    if (!policies.isEmpty()) {
      links.addAll(List.of("policies", "Policies"));
    }
    page.top(
        Sentences.count(report.programs().size(), "program"), null, links.toArray(String[]::new));
    if (archived) {
      groups("layers", "Layers", "layer", layers);
      groups("packages", "Packages", "package", packages);
    }
    totals();
    report.comparison().ifPresent(this::changes);
    if (!archived) {
      groups("packages", "Packages", "package", packages);
    }
    programs();
    if (alone) {
      page.part("details", "Details");
      html.element(
          "p",
          "A program's name in the table opens its details here. With -o DIRECTORY/, each program"
              + " gets a page of its own, with pictures of the file and the filter as a decision"
              + " tree.");
      html.open("div", "id", "opened").close();
      page.end();
    }
    if (!policies.isEmpty()) {
      page.part("policies", "Policies");
      policies();
      page.end();
    }
    html.open("noscript").element("p", NO_SCRIPT).close().line();
    html.data("folded", folded.join());
    return page.finish();
  }

  private Map<String, List<ProgramView>> groups(Function<ProgramView, Optional<String>> name) {
    Map<String, List<ProgramView>> found = new TreeMap<>();
    for (ProgramView program : report.programs()) {
      name.apply(program)
          .ifPresent(one -> found.computeIfAbsent(one, key -> new ArrayList<>()).add(program));
    }
    return found;
  }

  /** How many programs of each group are confined; the worst first. */
  private void groups(String id, String title, String kind, Map<String, List<ProgramView>> all) {
    if (all.isEmpty()) {
      return;
    }
    page.part(id, title);
    List<Map.Entry<String, List<ProgramView>>> sorted = new ArrayList<>(all.entrySet());
    sorted.sort(Comparator.comparing(entry -> worst(entry.getValue())));
    html.scroll(title)
        .open("table")
        .element("caption", title, "class", "hidden")
        .open("thead")
        .open("tr");
    html.element("th", kind, "scope", "col");
    html.element("th", "programs", "scope", "col", "class", "right");
    html.element("th", "confined", "scope", "col", "class", "right");
    html.element("th", "worst status", "scope", "col");
    html.element("th", "worst grade", "scope", "col");
    html.close(2).open("tbody").line();
    for (Map.Entry<String, List<ProgramView>> entry : sorted) {
      List<ProgramView> programs = entry.getValue();
      long confined = programs.stream().filter(one -> one.status() == Status.CONFINED).count();
      Status worst = worst(programs);
      String grade =
          programs.stream().map(one -> one.grade().letter()).max(String::compareTo).orElse("");
      html.open("tr").open("td", "class", "code");
      html.element("a", entry.getKey(), "href", ProgramTable.find(kind, entry.getKey())).close();
      html.element("td", Sentences.number(programs.size()), "class", "right");
      html.element("td", Sentences.number(confined), "class", "right").open("td");
      html.element("span", worst.text(), "class", "badge " + worst.id()).close().open("td");
      html.element("span", grade, "class", "grade g-" + grade.toLowerCase(Locale.ROOT));
      html.close(2).line();
    }
    html.close(3);
    page.end();
  }

  private static Status worst(List<ProgramView> programs) {
    return programs.stream()
        .map(ProgramView::status)
        .min(Comparator.naturalOrder())
        .orElse(Status.CONFINED);
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
    int changed = totals.get(Status.CHANGED);
    if (changed > 0) {
      html.open("p", "class", "alarm");
      html.element(
          "a",
          "%s %s changed since %s patched or signed."
              .formatted(
                  Sentences.count(changed, "program"),
                  changed == 1 ? "was" : "were",
                  changed == 1 ? "it was" : "they were"),
          "href",
          ProgramTable.find("status", Status.CHANGED.id()));
      html.close();
    }
    Bar bar = new Bar("Programs");
    totals.forEach(
        (status, count) ->
            bar.add(
                status.text(),
                count,
                "s-" + status.id(),
                ProgramTable.find("status", status.id())));
    bar.draw(html);
    html.element("p", severities());
    for (String ended : report.endings()) {
      html.element("p", "A waiver has ended: " + ended, "class", "accepted");
    }
    html.open("div", "class", "charts");
    Chart.draw(html, "Grades, A the best", byGrade());
    Chart.draw(html, "Findings", byFinding());
    Chart.draw(html, "Risky calls, by programs that allow them", risky());
    Chart.draw(html, "Programs by number of allowed calls", allowed());
    Chart.draw(html, "Programs by policy", byPolicy());
    Chart.draw(html, "Programs by signer", bySigner());
    html.close();
    page.end();
  }

  private String severities() {
    long accepted = report.accepted();
    return "Findings: %s, %s, %s%s."
        .formatted(
            Sentences.count(report.count(Level.ERROR), "error"),
            Sentences.count(report.count(Level.WARNING), "warning"),
            Sentences.count(report.count(Level.NOTE), "note"),
            accepted == 0 ? "" : "; " + Sentences.number(accepted) + " accepted by waivers");
  }

  private List<Chart.Row> byGrade() {
    Map<String, Integer> counts = new TreeMap<>();
    report.programs().forEach(one -> counts.merge(one.grade().letter(), 1, Integer::sum));
    List<Chart.Row> rows = new ArrayList<>();
    counts.forEach(
        (grade, count) -> rows.add(new Chart.Row(grade, count, ProgramTable.find("grade", grade))));
    return rows;
  }

  private List<Chart.Row> byFinding() {
    Map<String, Integer> counts = new TreeMap<>();
    for (ProgramView program : report.programs()) {
      for (Finding finding : program.findings()) {
        if (finding.waiver().isEmpty()) {
          counts.merge(finding.rule().id(), 1, Integer::sum);
        }
      }
    }
    return most(counts, "finding");
  }

  private List<Chart.Row> risky() {
    Map<String, Integer> counts = new TreeMap<>();
    for (ProgramView program : report.programs()) {
      program
          .confinement()
          .ifPresent(
              all -> {
                all.risky().forEach(call -> counts.merge(call, 1, Integer::sum));
                all.riskyAtTimes().forEach(call -> counts.merge(call, 1, Integer::sum));
              });
    }
    return most(counts, "call");
  }

  private List<Chart.Row> allowed() {
    Map<Integer, Integer> counts = new TreeMap<>();
    for (ProgramView program : report.programs()) {
      program.confinement().ifPresent(all -> counts.merge(all.allowed() / STEP, 1, Integer::sum));
    }
    List<Chart.Row> rows = new ArrayList<>();
    counts.forEach(
        (step, count) -> {
          String name = "%d to %d".formatted(step * STEP, step * STEP + STEP - 1);
          rows.add(new Chart.Row(name + " calls", count, null));
        });
    return rows;
  }

  private List<Chart.Row> byPolicy() {
    Map<String, Integer> counts = new TreeMap<>();
    for (ProgramView program : report.programs()) {
      program.policy().ifPresent(policy -> counts.merge(policy.names(), 1, Integer::sum));
    }
    return most(counts, "policy");
  }

  private List<Chart.Row> bySigner() {
    Map<String, Integer> counts = new TreeMap<>();
    for (ProgramView program : report.programs()) {
      String signers = program.signers();
      if (!signers.isEmpty()) {
        counts.merge(signers, 1, Integer::sum);
      }
    }
    return most(counts, "signer");
  }

  /** The largest numbers, the largest first. */
  private static List<Chart.Row> most(Map<String, Integer> counts, String kind) {
    List<Map.Entry<String, Integer>> sorted = new ArrayList<>(counts.entrySet());
    sorted.sort(
        Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
            .thenComparing(Map.Entry.comparingByKey()));
    return sorted.stream()
        .limit(ROWS)
        .map(
            one ->
                new Chart.Row(one.getKey(), one.getValue(), ProgramTable.find(kind, one.getKey())))
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
    html.table("Changes", List.of("program", "change", "details"));
    List<ComparedReports.Change> sorted = new ArrayList<>(comparison.changes());
    sorted.sort(Comparator.comparing(change -> !change.worse()));
    for (ComparedReports.Change change : sorted) {
      html.open("tr").element("td", change.path(), "class", "code").open("td");
      html.element(
          "span", change.kind().text(), "class", change.worse() ? "verdict denies" : "verdict");
      html.close().open("td").open("ul", "class", "plain");
      change.details().forEach(detail -> html.element("li", detail));
      html.close();
      if (!change.more().isEmpty()) {
        html.open("details").element("summary", "All of it").open("ul", "class", "plain");
        change.more().forEach(detail -> html.element("li", detail));
        html.close(2);
      }
      html.close(2).line();
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
      table.row(program, number, alone ? "#p" + number : pageOf(number), policy);
    }
    table.end();
    page.end();
  }

  private Map<Status, Integer> statuses() {
    Map<Status, Integer> found = new LinkedHashMap<>(report.totals());
    found.values().removeIf(count -> count == 0);
    return found;
  }

  /** The policies, each once; the script fills them. */
  private void policies() {
    Map<String, Integer> uses = new HashMap<>();
    for (ProgramView program : report.programs()) {
      program.policy().ifPresent(policy -> uses.merge(policy.key(), 1, Integer::sum));
    }
    for (PolicyView policy : report.policies()) {
      int number = policies.get(policy.key());
      html.open("details", "class", "group", "id", "policy-" + number).open("summary");
      html.element("b", policy.names());
      html.text(
          " (%s, %s%s)"
              .formatted(
                  policy.architecture().id(),
                  Sentences.count(uses.get(policy.key()), "program"),
                  policy.proven() ? "" : ", not proven"));
      html.close(2).line();
    }
  }

  /** Numbers as horizontal bars, one below the other; names lead to what they count. */
  private static final class Chart {
    private static final int WIDTH = 100;
    private static final int HEIGHT = 10;

    /**
     * One bar.
     *
     * @param link null if it leads nowhere
     */
    record Row(String name, long value, String link) {}

    private Chart() {}

    static void draw(Html html, String title, List<Row> rows) {
      if (rows.isEmpty()) {
        return;
      }
      long most = Math.max(1, rows.stream().mapToLong(Row::value).max().orElse(1));
      html.open("div", "class", "chart").element("h3", title).open("ul", "class", "bars");
      for (Row row : rows) {
        html.open("li").open("span", "class", "bar-name");
        if (row.link() == null) {
          html.text(row.name());
        } else {
          html.element("a", row.name(), "href", row.link());
        }
        html.close();
        String box = "0 0 " + WIDTH + " " + HEIGHT;
        html.open("svg", "viewBox", box, "preserveAspectRatio", "none", "aria-hidden", "true");
        html.open(
            "rect",
            "width",
            String.valueOf(Math.max(1, WIDTH * row.value() / most)),
            "height",
            String.valueOf(HEIGHT),
            "class",
            "b-chart");
        html.close(2).element("b", Sentences.number(row.value())).close();
      }
      html.close(2).line();
    }
  }
}

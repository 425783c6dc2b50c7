package dev.hardwire.report.html;

import dev.hardwire.filter.prove.Confinement;
import dev.hardwire.report.model.Finding;
import dev.hardwire.report.model.PolicyView;
import dev.hardwire.report.model.ProgramView;
import dev.hardwire.verify.result.Report;
import dev.hardwire.verify.result.Status;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A row for each program. The script sorts and filters them. */
final class ProgramTable {
  private static final List<String> COLUMNS =
      List.of("program", "package", "status", "policy", "allowed", "risky", "signer", "findings");

  private static final List<String> NUMERIC = List.of("status", "allowed", "risky");

  /** Of a finding in the table; the details have all of it. */
  private static final int LONGEST = 110;

  private final Html html;

  ProgramTable(Html html) {
    this.html = html;
  }

  /** The controls and the head of the table. */
  void begin(Map<Status, Integer> statuses) {
    html.open("div", "class", "ask script");
    html.element("label", "Filter", "for", "filter");
    html.open("input", "id", "filter", "type", "search", "autocomplete", "off");
    html.element("label", "Status", "for", "status").open("select", "id", "status");
    html.element("option", "all", "value", "");
    for (Map.Entry<Status, Integer> one : statuses.entrySet()) {
      String text = "%s (%s)".formatted(one.getKey().text(), Sentences.number(one.getValue()));
      html.element("option", text, "value", one.getKey().id());
    }
    html.close().open("span", "id", "shown", "role", "status").close().close().line();
    html.open("div", "class", "scroll", "tabindex", "0", "role", "group", "aria-label", "Programs");
    html.open("table", "id", "table", "class", "programs");
    html.element("caption", "Programs, those that are not confined first", "class", "hidden");
    html.open("thead").open("tr");
    for (String column : COLUMNS) {
      html.open("th", "scope", "col", "data-type", NUMERIC.contains(column) ? "number" : "text");
      html.text(column).close();
    }
    html.close(2).open("tbody").line();
  }

  /**
   * Adds a row.
   *
   * @param link to the details of the program
   * @param policyLink to its policy; null if it has none
   */
  void row(ProgramView program, String link, String policyLink) {
    Optional<Confinement> all = program.verification().flatMap(Report::confinement);
    Status status = program.status();
    html.open("tr", "data-status", status.id()).open("td", "class", "code");
    html.element("a", program.origin().path(), "href", link).close();
    html.element("td", program.origin().owner().orElse(""));
    html.open("td", "data-n", String.valueOf(rank(status)));
    html.element("span", status.text(), "class", "badge " + status.id()).close();
    html.open("td");
    if (policyLink != null) {
      String names = program.policy().map(PolicyView::names).orElse("");
      html.element("a", names, "href", policyLink);
    }
    html.close();
    number(all.map(Confinement::allowed).orElse(-1));
    number(all.map(one -> one.risky().size() + one.riskyAtTimes().size()).orElse(-1));
    html.element("td", program.signers());
    html.open("td");
    List<Finding> findings = program.findings();
    if (!findings.isEmpty()) {
      String message = findings.get(0).message();
      html.text(message.length() <= LONGEST ? message : message.substring(0, LONGEST) + "…");
      if (findings.size() > 1) {
        html.text(" and " + (findings.size() - 1) + " more");
      }
    }
    html.close(2).line();
  }

  private static int rank(Status status) {
    return List.of(Status.values()).indexOf(status);
  }

  private void number(int value) {
    html.element(
        "td",
        value < 0 ? "" : Sentences.number(value),
        "class",
        "right",
        "data-n",
        String.valueOf(value));
  }

  /** The end of the table. */
  void end() {
    html.close(3);
  }
}

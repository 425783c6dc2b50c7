package dev.hardwire.report.html;

import dev.hardwire.filter.prove.Confinement;
import dev.hardwire.report.model.Finding;
import dev.hardwire.report.model.PolicyView;
import dev.hardwire.report.model.ProgramView;
import dev.hardwire.text.PercentEncoding;
import dev.hardwire.verify.result.Status;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A row for each program. The script sorts and filters them. */
final class ProgramTable {
  private static final List<String> COLUMNS =
      List.of(
          "program",
          "package",
          "status",
          "grade",
          "policy",
          "allowed",
          "risky",
          "signer",
          "findings");

  private static final List<String> NUMERIC = List.of("status", "allowed", "risky");

  /** What can be looked for, as the script knows it, and how it is called. */
  private static final List<String> KINDS =
      List.of(
          "any", "any word",
          "call", "call that it may make",
          "path", "path that it may use",
          "port", "TCP port that it may use",
          "udp", "UDP port that it may use",
          "library", "library that it needs",
          "policy", "policy",
          "finding", "finding",
          "grade", "grade",
          "package", "package",
          "layer", "layer",
          "signer", "signer",
          "sha256", "SHA-256");

  /** Of a finding in the table; the details have all of it. */
  private static final int LONGEST = 110;

  /** Rows that a browser lays out when it opens the page; the script shows more when asked. */
  private static final int FIRST = 200;

  private final Html html;
  private int rows;

  ProgramTable(Html html) {
    this.html = html;
  }

  /** A link that shows the programs with a property. */
  static String find(String kind, String value) {
    return "#find=" + kind + ":" + PercentEncoding.of(value);
  }

  /** The controls and the head of the table. */
  void begin(Map<Status, Integer> statuses) {
    html.open("div", "class", "ask script");
    html.element("label", "Find", "for", "kind").open("select", "id", "kind");
    for (int i = 0; i < KINDS.size(); i += 2) {
      html.element("option", KINDS.get(i + 1), "value", KINDS.get(i));
    }
    html.close();
    html.element("label", "What to find", "for", "filter", "class", "hidden");
    html.open("input", "id", "filter", "type", "search", "autocomplete", "off");
    html.element("label", "Status", "for", "status").open("select", "id", "status");
    html.element("option", "all", "value", "");
    for (Map.Entry<Status, Integer> one : statuses.entrySet()) {
      String text = "%s (%s)".formatted(one.getKey().text(), Sentences.number(one.getValue()));
      html.element("option", text, "value", one.getKey().id());
    }
    html.close().open("span", "id", "shown", "role", "status").close();
    html.open("button", "id", "all", "type", "button", "hidden", "").text("Show all").close();
    html.close().line();
    html.scroll("Programs").open("table", "id", "table", "class", "programs");
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
   * @param number of the program in the report
   * @param link to the details of the program
   * @param policyLink to its policy; null if it has none
   */
  void row(ProgramView program, int number, String link, String policyLink) {
    Optional<Confinement> all = program.confinement();
    Status status = program.status();
    String later = rows++ < FIRST ? null : "later";
    html.open("tr", "data-status", status.id(), "data-p", String.valueOf(number), "class", later);
    html.open("td", "class", "code");
    html.element("a", program.origin().path(), "href", link).close();
    html.element("td", program.origin().owner().orElse(""));
    html.open("td", "data-n", String.valueOf(List.of(Status.values()).indexOf(status)));
    html.element("span", status.text(), "class", "badge " + status.id()).close();
    String letter = program.grade().letter();
    html.open("td").element("span", letter, "class", "grade g-" + letter.toLowerCase(Locale.ROOT));
    html.close().open("td");
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
      Finding first = findings.get(0);
      String message = first.accepted().orElse(first.message());
      html.text(message.length() <= LONGEST ? message : message.substring(0, LONGEST) + "…");
      if (findings.size() > 1) {
        html.text(" and " + (findings.size() - 1) + " more");
      }
    }
    html.close(2).line();
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

  void end() {
    html.close(3);
  }
}

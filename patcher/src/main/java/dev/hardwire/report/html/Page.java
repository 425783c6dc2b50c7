package dev.hardwire.report.html;

import dev.hardwire.report.model.AuditReport;
import dev.hardwire.report.model.Scope;

/** What every page has: the head with its security policy, what it is about, and an end. */
final class Page {
  /** Longer lists of inputs are cut; JSON has them whole. */
  private static final int MOST_INPUTS = 12;

  private static final String POLICY =
      "default-src 'none'; script-src %s; style-src %s %s; base-uri 'none'; form-action 'none';"
          + " require-trusted-types-for 'script'; trusted-types 'none'";

  private final Html html = new Html();
  private final AuditReport report;

  Page(AuditReport report) {
    this.report = report;
  }

  Html html() {
    return html;
  }

  /**
   * Begins the page.
   *
   * @param wide whether it has tables that need paper in landscape
   */
  void begin(String title, boolean wide) {
    String printed = printed(wide ? "A4 landscape" : "A4");
    String policy =
        POLICY.formatted(Asset.SCRIPT.source(), Asset.STYLE.source(), Asset.source(printed));
    html.doctype().open("html", "lang", "en").line().open("head").line();
    html.open("meta", "charset", "utf-8").line();
    html.open("meta", "http-equiv", "Content-Security-Policy", "content", policy).line();
    html.open("meta", "name", "viewport", "content", "width=device-width, initial-scale=1").line();
    html.open("meta", "name", "color-scheme", "content", "light dark").line();
    html.open("meta", "name", "referrer", "content", "no-referrer").line();
    html.element("title", title + " - Hardwire report").line();
    html.embedded(Asset.STYLE).style(printed).close().line().open("body").line();
    html.element("a", "Skip to the report", "href", "#main", "class", "skip").line();
  }

  /** The head of each printed page: what is not plain text for a style sheet is left out. */
  private String printed(String size) {
    String host = report.scope().host().replaceAll("[^A-Za-z0-9._-]", "?");
    String head =
        "Hardwire report"
            + (host.isEmpty() ? "" : ", host " + host)
            + report.date().map(date -> ", " + date).orElse("");
    return "@page { size: %s; margin: 18mm 12mm;".formatted(size)
        + " @top-left { content: \"%s\"; font: 9px sans-serif; }".formatted(head)
        + " @top-right { content: \"%s\"; font: 9px sans-serif; }"
            .formatted(report.tool().replaceAll("[^A-Za-z0-9 ._()-]", "?"))
        + " @bottom-right { content: \"page \" counter(page) \" of \" counter(pages);"
        + " font: 9px sans-serif; } }";
  }

  /** The top of the page: heading, and links to its parts, as pairs of identifier and text. */
  void top(String heading, String back, String... parts) {
    html.open("header", "class", "top").open("div", "class", "wide");
    html.open("p", "class", "brand").text("Hardwire report");
    if (back != null) {
      html.text(" / ").element("a", "All programs", "href", back);
    }
    html.close();
    html.element("h1", heading, "class", "name");
    scope();
    html.open("nav", "aria-label", "Parts of this page").open("ul");
    for (int i = 0; i < parts.length; i += 2) {
      html.open("li").element("a", parts[i + 1], "href", "#" + parts[i]).close();
    }
    html.close(4).line();
    html.open("main", "id", "main", "class", "wide").line();
  }

  private void scope() {
    Scope scope = report.scope();
    html.open("dl", "class", "facts scope");
    int more = scope.inputs().size() - MOST_INPUTS;
    String inputs =
        more > 0
            ? String.join(", ", scope.inputs().subList(0, MOST_INPUTS)) + " and " + more + " more"
            : String.join(", ", scope.inputs());
    html.fact("About", inputs.isEmpty() ? "not stated" : inputs);
    html.fact("Host", scope.host().isEmpty() ? "not stated" : scope.host());
    html.fact(
        "Trusted",
        scope.trust().isEmpty()
            ? "nobody: no certificates were given, so no signature was checked"
            : String.join("; ", scope.trust()));
    if (!scope.required().isEmpty()) {
      html.fact("Required", String.join(", ", scope.required()));
    }
    html.fact("Tool", report.tool());
    html.fact("Date", report.date().map(Object::toString).orElse("not stated"));
    html.close();
  }

  void part(String id, String title) {
    html.open("section", "id", id, "aria-labelledby", id + "-title", "class", "card");
    html.element("h2", title, "id", id + "-title").line();
  }

  void end() {
    html.close().line();
  }

  String finish() {
    html.close().line(); // main
    html.open("footer", "class", "wide");
    html.text("Made by " + report.tool());
    report.date().ifPresent(date -> html.text(", " + date));
    html.text(
        ". Everything here was read from the bytes of the files; nothing of them was run. The page"
            + " loads nothing.");
    html.close().line().embedded(Asset.SCRIPT);
    html.close(2);
    return html.document();
  }
}

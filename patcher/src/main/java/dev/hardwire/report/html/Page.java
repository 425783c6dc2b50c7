package dev.hardwire.report.html;

import dev.hardwire.report.model.AuditReport;

/** What every page has: the head with its security policy, a heading and an end. */
final class Page {
  private static final String POLICY =
      "default-src 'none'; script-src "
          + Asset.SCRIPT.source()
          + "; style-src "
          + Asset.STYLE.source()
          + "; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script';"
          + " trusted-types 'none'";

  private final Html html = new Html();
  private final AuditReport report;

  Page(AuditReport report) {
    this.report = report;
  }

  Html html() {
    return html;
  }

  /** Begins the page. */
  void begin(String title) {
    html.doctype().open("html", "lang", "en").line().open("head").line();
    html.open("meta", "charset", "utf-8").line();
    html.open("meta", "http-equiv", "Content-Security-Policy", "content", POLICY).line();
    html.open("meta", "name", "viewport", "content", "width=device-width, initial-scale=1").line();
    html.open("meta", "name", "color-scheme", "content", "light dark").line();
    html.open("meta", "name", "referrer", "content", "no-referrer").line();
    html.element("title", title + " - Hardwire report").line();
    html.embedded(Asset.STYLE).close().line().open("body").line();
    html.element("a", "Skip to the report", "href", "#main", "class", "skip").line();
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
    html.open("nav", "aria-label", "Parts of this page").open("ul");
    for (int i = 0; i < parts.length; i += 2) {
      html.open("li").element("a", parts[i + 1], "href", "#" + parts[i]).close();
    }
    html.close(4).line();
    html.open("main", "id", "main", "class", "wide").line();
  }

  /** Begins a part of the page. */
  void part(String id, String title) {
    html.open("section", "id", id, "aria-labelledby", id + "-title", "class", "card");
    html.element("h2", title, "id", id + "-title").line();
  }

  /** Ends a part of the page. */
  void end() {
    html.close().line();
  }

  /** Ends the page. */
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

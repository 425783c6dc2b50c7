package dev.hardwire.report.html;

import dev.hardwire.report.model.AuditReport;
import dev.hardwire.report.model.FilePart;
import dev.hardwire.report.model.PatchView;
import dev.hardwire.report.model.ProgramView;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The details of many programs, closed until they are asked for, and in few elements. */
final class ProgramList {
  private final Html html;
  private final AuditReport report;
  private final Map<String, Integer> policies;

  /**
   * A list.
   *
   * @param policies their numbers by their keys
   */
  ProgramList(Html html, AuditReport report, Map<String, Integer> policies) {
    this.html = html;
    this.report = report;
    this.policies = policies;
  }

  void write() {
    html.element(
        "p",
        "With -o DIRECTORY/, each program gets a page of its own, with pictures of the file and the"
            + " filter as a decision tree.");
    List<ProgramView> programs = report.programs();
    for (int i = 0; i < programs.size(); i++) {
      program(programs.get(i), i);
    }
  }

  private void program(ProgramView program, int number) {
    Parts parts = new Parts(html, program);
    html.open("details", "class", "group", "id", "p" + number).open("summary");
    html.element("span", program.origin().path(), "class", "code").text(" ");
    html.element("span", program.status().text(), "class", "badge " + program.status().id());
    html.close().element("p", String.join(" ", Sentences.of(program)));
    parts.findings();
    parts.facts();
    program
        .policy()
        .ifPresent(
            policy ->
                html.open("p")
                    .element(
                        "a",
                        "What the policy decides",
                        "href",
                        "#policy-" + policies.get(policy.key()))
                    .close());
    if (!program.patches().isEmpty()) {
      html.element(
          "p", program.patches().stream().map(ProgramList::moved).collect(Collectors.joining(" ")));
    }
    String checks = parts.checkLines();
    if (!checks.isEmpty()) {
      html.open("pre", "tabindex", "0", "role", "group", "aria-label", "Checks")
          .lines(checks)
          .close();
    }
    if (!program.patches().isEmpty()) {
      parts.restore();
    }
    html.close().line();
  }

  /** What a patch moved and added. */
  private static String moved(PatchView patch) {
    String moved = names(patch, FilePart.Change.MOVED);
    String added = names(patch, FilePart.Change.ADDED);
    return "The patch appended %s to %s%s%s."
        .formatted(
            Sentences.count(patch.after().size() - patch.originalSize(), "byte"),
            Sentences.count(patch.originalSize(), "byte"),
            added.isEmpty() ? "" : "; added " + added,
            moved.isEmpty() ? "; no section moved" : "; moved " + moved);
  }

  private static String names(PatchView patch, FilePart.Change change) {
    return patch.after().sections().stream()
        .filter(one -> one.change() == change)
        .map(FilePart::name)
        .collect(Collectors.joining(", "));
  }
}

package dev.hardwire.report.html;

import dev.hardwire.report.model.AuditReport;
import dev.hardwire.report.model.PolicyView;
import dev.hardwire.report.model.ProgramView;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The policies of many programs, each once. */
final class PolicyList {
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

package dev.hardwire.report.html;

import dev.hardwire.calls.RiskyCalls;
import dev.hardwire.report.model.CallRow;
import dev.hardwire.report.model.PolicyView;
import dev.hardwire.report.model.PolicyView.Access;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The decisions for the calls of a policy: the risky ones first, then all by group. */
final class CallsPart {
  private final Html html;
  private final PolicyView policy;
  private final Map<String, List<CallRow>> byCall = new TreeMap<>();
  private final Map<String, Access> access;

  CallsPart(Html html, PolicyView policy) {
    this.html = html;
    this.policy = policy;
    this.access = policy.access();
    for (CallRow row : policy.calls()) {
      if (!row.group().isEmpty()) {
        byCall.computeIfAbsent(row.call(), key -> new ArrayList<>()).add(row);
      }
    }
  }

  /** Tables of the risky calls and of all groups. */
  void write() {
    if (policy.calls().isEmpty()) {
      html.element("p", "The decisions cannot be listed: " + policy.unexplained());
      return;
    }
    risky();
    html.element("h3", "All calls by group");
    Map<String, List<CallRow>> groups = new TreeMap<>();
    List<CallRow> numbers = new ArrayList<>();
    for (CallRow row : policy.calls()) {
      if (row.group().isEmpty()) {
        numbers.add(row);
      } else {
        groups.computeIfAbsent(row.group(), key -> new ArrayList<>()).add(row);
      }
    }
    groups.forEach(this::group);
    group("numbers without a name", numbers);
    for (PolicyView.Phase phase : policy.phases()) {
      html.element("h3", "From %s on: the phase \"%s\"".formatted(phase.moment(), phase.name()));
      html.element(
          "p", "These calls are decided otherwise from then on; all others stay as above.");
      table(phase.calls(), false, "Calls of the phase " + phase.name());
    }
  }

  private void risky() {
    List<CallRow> rows = new ArrayList<>();
    for (Access wanted : List.of(Access.ALLOWED, Access.CONDITIONAL, Access.DENIED)) {
      for (String call : RiskyCalls.reasons().keySet()) {
        if (access.get(call) == wanted) {
          rows.addAll(byCall.get(call));
        }
      }
    }
    html.element("h3", "Risky calls");
    html.element(
        "p",
        "These act on other programs, on the kernel or past the filter. Those that are allowed come"
            + " first.");
    table(rows, true, "Risky calls");
  }

  private void group(String name, List<CallRow> rows) {
    Map<Access, Integer> counts = new EnumMap<>(Access.class);
    rows.stream()
        .map(CallRow::call)
        .distinct()
        .filter(access::containsKey)
        .forEach(call -> counts.merge(access.get(call), 1, Integer::sum));
    html.open("details", "class", "group");
    html.open("summary").element("span", name, "class", "code");
    if (access.containsKey(rows.get(0).call())) {
      html.text(": ");
      count(counts.getOrDefault(Access.DENIED, 0), "denied", "denies");
      count(counts.getOrDefault(Access.CONDITIONAL, 0), "for some arguments", "depends");
      count(counts.getOrDefault(Access.ALLOWED, 0), "allowed", "allows");
    }
    html.close();
    table(rows, false, "Calls of the group " + name);
    html.close().line();
  }

  private void count(int calls, String what, String style) {
    if (calls > 0) {
      html.element("span", Sentences.number(calls) + " " + what, "class", "verdict " + style)
          .text(" ");
    }
  }

  private void table(List<CallRow> rows, boolean risks, String caption) {
    boolean reasons = rows.stream().anyMatch(row -> !row.because().isEmpty());
    List<String> heads = new ArrayList<>(List.of("call", "decision", "when"));
    if (risks) {
      heads.add("what it makes possible");
    }
    if (reasons) {
      heads.add("because");
    }
    html.table(caption, heads).line();
    for (CallRow row : rows) {
      html.open("tr").element("td", row.call(), "class", "code");
      html.open("td");
      html.element("span", row.decision(), "class", "verdict " + TreePart.style(row.decision()));
      html.close().element("td", row.when(), "class", "code");
      if (risks) {
        html.element("td", row.risk());
      }
      if (reasons) {
        html.element("td", row.because());
      }
      html.close().line();
    }
    html.close(3).line();
  }
}

package dev.hardwire.report.html;

import dev.hardwire.report.model.AuditReport;
import dev.hardwire.report.model.CallRow;
import dev.hardwire.report.model.FilePart;
import dev.hardwire.report.model.Finding;
import dev.hardwire.report.model.Grade;
import dev.hardwire.report.model.PatchView;
import dev.hardwire.report.model.PolicyView;
import dev.hardwire.report.model.ProgramView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What a page about many programs has folded: details of programs and of policies. */
final class FoldedDetails {
  /** What a column of a table shows, as the script knows it. */
  private enum Column {
    TEXT(0),
    CALL(1),
    DECISION(2),
    CODE(3),
    ANSWER(4);

    private final int number;

    Column(int number) {
      this.number = number;
    }
  }

  private final FoldedData data = new FoldedData();
  private final Map<String, Integer> policies;

  private FoldedDetails(Map<String, Integer> policies) {
    this.policies = policies;
  }

  /**
   * The details as JSON.
   *
   * @param policies their numbers by their keys
   * @param alone whether programs have no pages of their own
   */
  static String of(AuditReport report, Map<String, Integer> policies, boolean alone) {
    FoldedDetails details = new FoldedDetails(policies);
    details.data.member(
        "programs", () -> report.programs().forEach(program -> details.program(program, alone)));
    details.data.member("policies", () -> report.policies().forEach(details::policy));
    return details.data.document();
  }

  /** What is searched, and then the blocks. */
  private void program(ProgramView program, boolean alone) {
    data.array(
        () -> {
          data.text(program.origin().path());
          data.text(program.status().text());
          data.text(program.status().id());
          data.number(program.policy().map(one -> policies.get(one.key())).orElse(-1));
          data.array(() -> data.texts(program.libraries()));
          data.array(() -> data.texts(words(program)));
          if (alone) {
            blocks(program);
          }
        });
  }

  /** Names and values in turn, by which a program is found beside the cells of its row. */
  private static List<String> words(ProgramView program) {
    List<String> words = new ArrayList<>(List.of("sha256", program.sha256()));
    program.origin().layer().ifPresent(layer -> words.addAll(List.of("layer", layer)));
    words.addAll(List.of("machine", program.machine(), "proof", program.proof()));
    for (PatchView patch : program.patches()) {
      words.addAll(List.of("hook", patch.hook()));
    }
    for (Finding finding : program.findings()) {
      boolean accepted = finding.waiver().isPresent();
      words.addAll(List.of(accepted ? "accepted" : "finding", finding.rule().id()));
    }
    return words;
  }

  private void blocks(ProgramView program) {
    data.block("p", String.join(" ", Sentences.of(program)));
    for (Finding finding : program.findings()) {
      data.block(
          "finding",
          () -> {
            data.texts(List.of(finding.rule().level().id(), finding.message()));
            data.text(finding.accepted().orElse(""));
            data.text(Commands.help(finding.rule(), program));
            data.whole(Commands.of(finding.rule(), program));
            data.texts(finding.details());
          });
    }
    data.block("h3", "Grade " + program.grade().letter() + ": what it can still do");
    table(
        "Grade",
        List.of(Column.TEXT, Column.ANSWER, Column.TEXT),
        List.of("it can", "answer", "what decides"),
        program.grade().reasons().stream().map(FoldedDetails::cells).toList());
    data.block("dl", () -> data.texts(Parts.facts(program)));
    program
        .policy()
        .ifPresent(
            policy ->
                data.block(
                    "a", "What the policy decides", "#policy-" + policies.get(policy.key())));
    if (!program.patches().isEmpty()) {
      data.block(
          "p",
          program.patches().stream().map(FoldedDetails::moved).collect(Collectors.joining(" ")));
    }
    String checks = new Parts(new Html(), program).checkLines();
    if (!checks.isEmpty()) {
      data.block("h3", "What verify checked");
      data.block("lines", () -> data.text("Checks").texts(checks.lines().toList()));
    }
    if (!program.patches().isEmpty()) {
      data.block("h3", "How to restore the original");
      data.block("pre", () -> data.text("Command").whole(Commands.restore(program.origin())));
    }
  }

  private static List<String> cells(Grade.Reason reason) {
    return List.of(reason.area(), reason.room().id(), reason.why());
  }

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

  private void table(
      String caption, List<Column> columns, List<String> heads, List<List<String>> rows) {
    data.block(
        "table",
        () -> {
          data.text(caption);
          data.array(() -> columns.forEach(column -> data.number(column.number)));
          data.array(() -> data.texts(heads));
          rows.forEach(row -> data.array(() -> data.texts(row)));
        });
  }

  /** Calls with their access, restrictions with their decision, and then the blocks. */
  private void policy(PolicyView policy) {
    data.array(
        () -> {
          data.array(
              () ->
                  policy
                      .access()
                      .forEach((call, access) -> data.text(call).number(number(access))));
          data.array(
              () ->
                  policy.restrictions().forEach(row -> data.text(row.call()).text(row.decision())));
          calls(policy);
          if (!policy.restrictions().isEmpty()) {
            data.block("h3", "Files, ports and limits");
            table(
                "Files, ports and limits",
                List.of(Column.CODE, Column.TEXT, Column.TEXT),
                List.of("what", "decision", "when"),
                policy.restrictions().stream()
                    .map(row -> List.of(row.call(), row.decision(), row.when()))
                    .toList());
          }
          policy.layers().forEach(this::layer);
        });
  }

  /** As the script knows it: what is not 0 may be made. */
  private static int number(PolicyView.Access access) {
    return switch (access) {
      case DENIED -> 0;
      case CONDITIONAL -> 1;
      case ALLOWED -> 2;
    };
  }

  private void layer(PolicyView.Layer layer) {
    data.block("h3", "Setup of \"" + layer.name() + "\"");
    data.block("lines", () -> data.text("Setup").texts(layer.setup()));
    for (PolicyView.Phase phase : layer.phases()) {
      data.block("h3", "Setup of the phase \"" + phase.name() + "\"");
      data.block("lines", () -> data.text("Setup").texts(phase.setup()));
    }
    data.block("h3", "Text of \"" + layer.name() + "\"");
    data.block("pre", () -> data.text("Policy").whole(layer.text()));
  }

  private void calls(PolicyView policy) {
    if (policy.calls().isEmpty()) {
      data.block("p", "The decisions cannot be listed: " + policy.unexplained());
      return;
    }
    data.block("h3", "Risky calls");
    List<CallRow> risky = new ArrayList<>(policy.calls());
    risky.removeIf(row -> row.risk().isEmpty());
    risky.sort((a, b) -> Boolean.compare(b.allows(), a.allows()));
    calls("Risky calls", risky, true);
    data.block("h3", "All calls by group");
    Map<String, List<CallRow>> groups = new TreeMap<>();
    for (CallRow row : policy.calls()) {
      groups.computeIfAbsent(row.group(), key -> new ArrayList<>()).add(row);
    }
    groups.forEach(
        (group, rows) -> {
          String name = group.isEmpty() ? "numbers without a name" : group;
          long allowed =
              rows.stream().filter(CallRow::allows).map(CallRow::call).distinct().count();
          long all = rows.stream().map(CallRow::call).distinct().count();
          data.block(
              "fold",
              () -> {
                data.text("%s: %d of %d allowed".formatted(name, allowed, all));
                calls("Calls of the group " + name, rows, false);
              });
        });
    for (PolicyView.Phase phase : policy.phases()) {
      data.block("h3", "From %s on: the phase \"%s\"".formatted(phase.moment(), phase.name()));
      calls("Calls of the phase " + phase.name(), phase.calls(), false);
    }
  }

  private void calls(String caption, List<CallRow> rows, boolean risks) {
    List<Column> columns = new ArrayList<>(List.of(Column.CALL, Column.DECISION, Column.CODE));
    List<String> heads = new ArrayList<>(List.of("call", "decision", "when"));
    boolean reasons = rows.stream().anyMatch(row -> !row.because().isEmpty());
    if (risks) {
      columns.add(Column.TEXT);
      heads.add("what it makes possible");
    }
    if (reasons) {
      columns.add(Column.TEXT);
      heads.add("because");
    }
    List<List<String>> cells = new ArrayList<>();
    for (CallRow row : rows) {
      List<String> one = new ArrayList<>(List.of(row.call(), row.decision(), row.when()));
      if (risks) {
        one.add(row.risk());
      }
      if (reasons) {
        one.add(row.because());
      }
      cells.add(one);
    }
    table(caption, columns, heads, cells);
  }
}

package dev.hardwire.cli.policy;

import com.google.gson.stream.JsonWriter;
import dev.hardwire.arch.Target;
import dev.hardwire.filter.CallText;
import dev.hardwire.filter.FilterStack;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.prove.PhaseDiff;
import dev.hardwire.filter.prove.PolicyDiff;
import dev.hardwire.filter.prove.PolicyTable;
import dev.hardwire.filter.prove.explain.ExplainedCall;
import dev.hardwire.filter.prove.explain.FilterExplanation;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.report.write.VerificationJson;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** What commands print about policies, as {@code docs/policy.schema.json} describes it. */
final class PolicyJson {
  private PolicyJson() {}

  static void explanation(JsonWriter writer, List<ExplainedCall> rows) throws IOException {
    writer.beginArray();
    for (ExplainedCall row : rows) {
      writer.beginObject();
      writer.name("call").value(row.call());
      writer.name("decision").value(row.decision());
      writer.name("when").value(row.when());
      writer.name("from").value(row.from());
      writer.name("because").value(row.reason().isEmpty() ? null : row.reason());
      writer.endObject();
    }
    writer.endArray();
  }

  static void difference(
      JsonWriter writer,
      List<PolicyDiff.Entry> calls,
      List<String> restrictions,
      List<PhaseDiff.Entry> phases,
      Target architecture)
      throws IOException {
    writer.beginObject();
    writer.name("equivalent").value(calls.isEmpty() && restrictions.isEmpty() && phases.isEmpty());
    calls(writer, calls, architecture);
    VerificationJson.texts(writer, "restrictions", restrictions);
    writer.name("phases").beginArray();
    for (PhaseDiff.Entry phase : phases) {
      writer.beginObject();
      writer.name("moment").value(phase.moment());
      writer.name("first").value(phase.first().map(Phase::name).orElse(null));
      writer.name("second").value(phase.second().map(Phase::name).orElse(null));
      calls(writer, phase.entries(), architecture);
      VerificationJson.texts(writer, "restrictions", phase.restrictions());
      writer.endObject();
    }
    writer.endArray();
    writer.endObject();
  }

  private static void calls(JsonWriter writer, List<PolicyDiff.Entry> entries, Target architecture)
      throws IOException {
    writer.name("calls").beginArray();
    for (PolicyDiff.Entry entry : entries) {
      writer.beginObject();
      writer.name("call").value(entry.call());
      writer.name("example").value(CallText.write(entry.example().call(), architecture));
      writer.name("first").value(entry.example().first().toString());
      writer.name("second").value(entry.example().second().toString());
      writer.endObject();
    }
    writer.endArray();
  }

  static void decisions(JsonWriter writer, FilterSource source, List<SeccompData> calls)
      throws IOException {
    writer.beginArray();
    for (SeccompData call : calls) {
      FilterStack.Result result = source.stack().run(call);
      writer.beginObject();
      writer.name("call").value(CallText.write(call, source.architecture()));
      decision(writer, result);
      writer.name("filters").beginArray();
      for (int i = 0; i < source.filters().size(); i++) {
        writer.beginObject();
        writer.name("label").value(source.filters().get(i).label());
        writer.name("action").value(result.each().get(i).verdict().toString());
        writer.endObject();
      }
      writer.endArray();
      writer.name("phases").beginArray();
      for (FilterExplanation.Labelled phase : source.phases()) {
        writer.beginObject();
        writer.name("name").value(phase.label());
        decision(writer, source.stack(phase).run(call));
        writer.endObject();
      }
      writer.endArray();
      writer.endObject();
    }
    writer.endArray();
  }

  private static void decision(JsonWriter writer, FilterStack.Result result) throws IOException {
    writer.name("action").value(result.verdict().toString());
    writer.name("instructions").value(result.steps());
  }

  static void table(JsonWriter writer, int calls, List<PolicyTable.Outcome> failed)
      throws IOException {
    writer.beginObject();
    writer.name("calls").value(calls);
    writer.name("failed").beginArray();
    for (PolicyTable.Outcome outcome : failed) {
      writer.beginObject();
      writer.name("position").value(outcome.row().position().toString());
      writer.name("call").value(outcome.row().text());
      writer.name("phase").value(outcome.row().phase().orElse(null));
      writer.name("expected").value(outcome.row().expected().toString());
      writer.name("actual").value(outcome.verdict().toString());
      writer.endObject();
    }
    writer.endArray();
    writer.endObject();
  }

  static void sizes(JsonWriter writer, List<PolicySizeCommand.Sizes> filters) throws IOException {
    writer.beginArray();
    for (PolicySizeCommand.Sizes filter : filters) {
      writer.beginObject();
      phase(writer, filter.phase());
      writer.name("rules").beginArray();
      for (PolicySizeCommand.Cost cost : filter.costs()) {
        writer.beginObject();
        writer.name("position").value(cost.rule().position().toString());
        writer.name("rule").value(PolicySizeCommand.text(cost.rule()));
        writer.name("instructions").value(cost.instructions());
        writer.endObject();
      }
      writer.endArray();
      writer.name("withoutRules").value(filter.withoutRules());
      writer.name("instructions").value(filter.whole());
      writer.endObject();
    }
    writer.endArray();
  }

  static void check(
      JsonWriter writer,
      String file,
      List<PolicyWarning> warnings,
      List<PolicyWarning> notes,
      List<PolicyCheckCommand.Checked> filters)
      throws IOException {
    writer.beginObject();
    writer.name("file").value(file);
    messages(writer.name("warnings"), warnings);
    messages(writer.name("notes"), notes);
    writer.name("filters").beginArray();
    for (PolicyCheckCommand.Checked filter : filters) {
      writer.beginObject();
      phase(writer, filter.phase());
      writer.name("calls").value(filter.named());
      writer.name("default").value(filter.otherwise().toString());
      writer.name("instructions").value(filter.instructions());
      writer.endObject();
    }
    writer.endArray();
    writer.endObject();
  }

  private static void messages(JsonWriter writer, List<PolicyWarning> messages) throws IOException {
    writer.beginArray();
    for (PolicyWarning message : messages) {
      writer.beginObject();
      writer.name("position").value(message.position().toString());
      writer.name("message").value(message.message());
      writer.endObject();
    }
    writer.endArray();
  }

  /** The phase of a filter, null for the one that is installed at the start. */
  private static void phase(JsonWriter writer, Optional<Phase> phase) throws IOException {
    writer.name("phase").value(phase.map(Phase::name).orElse(null));
    writer.name("moment").value(phase.map(Phase::moment).orElse(null));
  }
}

package dev.hardwire.report.write;

import com.google.gson.stream.JsonWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.policy.text.Waiver;
import dev.hardwire.report.model.AuditReport;
import dev.hardwire.report.model.ComparedReports;
import dev.hardwire.report.model.Finding;
import dev.hardwire.report.model.FindingKind;
import dev.hardwire.report.model.ProgramView;
import dev.hardwire.text.PercentEncoding;
import dev.hardwire.text.TextWriter;
import dev.hardwire.text.VisibleText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The findings of a report in SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format),
 * which dashboards for code scanning read: a result for each finding.
 */
public final class SarifWriter {
  private final JsonWriter writer;

  private SarifWriter(JsonWriter writer) {
    this.writer = writer;
  }

  /** The document. */
  public static String of(AuditReport report) throws IOException {
    TextWriter text = new TextWriter();
    try (JsonWriter writer = new JsonWriter(text)) {
      writer.setIndent(" ");
      new SarifWriter(writer).document(report);
    }
    return VisibleText.json(text.line());
  }

  private void document(AuditReport report) throws IOException {
    writer.beginObject();
    writer.name("version").value("2.1.0");
    writer.name("runs").beginArray().beginObject();
    writer.name("tool").beginObject().name("driver").beginObject();
    writer.name("name").value("Hardwire");
    writer.name("fullName").value(report.tool());
    writer.name("rules").beginArray();
    for (FindingKind rule : FindingKind.values()) {
      rule(rule);
    }
    writer.endArray().endObject().endObject();
    writer.name("columnKind").value("utf16CodeUnits");
    invocation(report);
    writer.name("results").beginArray();
    for (ProgramView program : report.programs()) {
      for (Finding finding : program.findings()) {
        result(report, program.origin().path(), finding);
      }
    }
    if (report.comparison().isPresent()) {
      for (ComparedReports.GoneFinding gone : report.comparison().get().gone()) {
        result(
            gone.path(),
            gone.rule(),
            gone.level(),
            gone.message(),
            gone.message(),
            Optional.empty(),
            Optional.of("absent"));
      }
    }
    writer.endArray();
    writer.endObject().endArray().endObject();
  }

  private void invocation(AuditReport report) throws IOException {
    writer.name("invocations").beginArray().beginObject();
    writer.name("executionSuccessful").value(true);
    if (report.date().isPresent()) {
      writer.name("endTimeUtc").value(report.date().get().toString());
    }
    writer.endObject().endArray();
  }

  private void rule(FindingKind rule) throws IOException {
    writer.beginObject();
    writer.name("id").value(rule.id());
    writer
        .name("shortDescription")
        .beginObject()
        .name("text")
        .value(rule.title() + ".")
        .endObject();
    writer.name("fullDescription").beginObject().name("text").value(rule.help()).endObject();
    writer.name("help").beginObject().name("text").value(rule.help()).endObject();
    writer.name("defaultConfiguration").beginObject();
    writer.name("level").value(rule.level().id()).endObject();
    writer.endObject();
  }

  private void result(AuditReport report, String path, Finding finding) throws IOException {
    String rule = finding.rule().id();
    String key = ComparedReports.key(path, rule, finding.message());
    Optional<String> state =
        report.comparison().map(old -> old.known().contains(key) ? "unchanged" : "new");
    result(
        path,
        rule,
        finding.rule().level().id(),
        finding.message(),
        finding.line(),
        finding.waiver().map(Waiver::reason),
        state);
  }

  private void result(
      String path,
      String rule,
      String level,
      String message,
      String line,
      Optional<String> accepted,
      Optional<String> state)
      throws IOException {
    writer.beginObject();
    writer.name("ruleId").value(rule);
    writer.name("ruleIndex").value(index(rule));
    writer.name("level").value(level);
    if (state.isPresent()) {
      writer.name("baselineState").value(state.get());
    }
    writer.name("message").beginObject();
    writer.name("text").value(VisibleText.of(path + ": " + line)).endObject();
    writer.name("locations").beginArray().beginObject();
    writer.name("physicalLocation").beginObject();
    writer.name("artifactLocation").beginObject().name("uri").value(uri(path)).endObject();
    writer.endObject().endObject().endArray();
    if (accepted.isPresent()) {
      writer.name("suppressions").beginArray().beginObject();
      writer.name("kind").value("external");
      writer.name("status").value("accepted");
      writer.name("justification").value(accepted.get());
      writer.endObject().endArray();
    }
    writer.name("partialFingerprints").beginObject();
    writer.name("programRuleMessage/v1");
    writer.value(fingerprint(ComparedReports.key(path, rule, message))).endObject();
    writer.endObject();
  }

  /** In the list of rules; -1, if it is not one of them, as SARIF has it. */
  private static int index(String rule) {
    int index = 0;
    for (FindingKind one : FindingKind.values()) {
      if (one.id().equals(rule)) {
        return index;
      }
      index++;
    }
    return -1;
  }

  private static String fingerprint(String key) {
    return Bytes.wrap(key.getBytes(StandardCharsets.UTF_8)).sha256().hex();
  }

  /** A path as a reference to a URI (RFC 3986): relative to where the report was made. */
  static String uri(String path) {
    return (path.startsWith("/") ? "file://" : "") + PercentEncoding.ofPath(path);
  }
}

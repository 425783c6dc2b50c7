package dev.hardwire.report.write;

import com.google.gson.FormattingStyle;
import com.google.gson.stream.JsonWriter;
import dev.hardwire.arch.Target;
import dev.hardwire.filter.Disassembler;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.prove.explain.ExplainedCall;
import dev.hardwire.report.model.AuditReport;
import dev.hardwire.report.model.CallRow;
import dev.hardwire.report.model.ComparedReports;
import dev.hardwire.report.model.FilePart;
import dev.hardwire.report.model.FileShape;
import dev.hardwire.report.model.Finding;
import dev.hardwire.report.model.FindingKind.Level;
import dev.hardwire.report.model.Grade;
import dev.hardwire.report.model.Hardening;
import dev.hardwire.report.model.PatchView;
import dev.hardwire.report.model.PolicyView;
import dev.hardwire.report.model.ProgramView;
import dev.hardwire.report.model.Scope;
import dev.hardwire.text.TextWriter;
import dev.hardwire.text.VisibleText;
import dev.hardwire.verify.result.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Reports in JSON, as described by {@code docs/report.schema.json}. */
public final class ReportJson {
  /** The value of the member {@code format}. */
  public static final String FORMAT = "hardwire-report";

  /** The value of the member {@code version}. */
  public static final int VERSION = 1;

  private final JsonWriter writer;

  /** How the document is written: indentation would be a third of it. */
  public static final FormattingStyle STYLE = FormattingStyle.PRETTY.withIndent("");

  private ReportJson(JsonWriter writer) {
    this.writer = writer;
  }

  /** Writes a part of the document. */
  private interface Body {
    void write(ReportJson json) throws IOException;
  }

  public static String of(AuditReport report) {
    return text(json -> json.document(report)) + "\n";
  }

  private static String text(Body body) {
    TextWriter text = new TextWriter();
    try (JsonWriter writer = new JsonWriter(text)) {
      writer.setFormattingStyle(STYLE);
      body.write(new ReportJson(writer));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // nothing is written but to memory
    }
    return VisibleText.json(text.text());
  }

  /** A program's text, which stands on its own: several are written at once. */
  private static String text(ProgramView program, Map<String, Integer> policies) {
    return text(json -> json.program(program, policies));
  }

  private void document(AuditReport report) throws IOException {
    writer.beginObject();
    writer.name("format").value(FORMAT);
    writer.name("version").value(VERSION);
    writer.name("tool").value(report.tool());
    writer.name("date").value(report.date().map(Object::toString).orElse(null));
    scope(report.scope());
    writer.name("findings").beginObject();
    for (Level level : Level.values()) {
      writer.name(level.id()).value(report.count(level));
    }
    writer.name("accepted").value(report.accepted()).endObject();
    VerificationJson.texts(writer, "expiredWaivers", report.endings());
    writer.name("totals").beginObject();
    for (Map.Entry<Status, Integer> total : report.totals().entrySet()) {
      writer.name(total.getKey().id()).value(total.getValue());
    }
    writer.endObject();
    Map<String, Integer> policies = new HashMap<>();
    writer.name("policies").beginArray();
    for (PolicyView policy : report.policies()) {
      policies.put(policy.key(), policies.size());
      policy(policy);
    }
    writer.endArray();
    writer.name("programs").beginArray();
    List<String> programs =
        report.programs().parallelStream().map(program -> text(program, policies)).toList();
    for (String program : programs) {
      writer.jsonValue(program);
    }
    writer.endArray();
    if (report.comparison().isPresent()) {
      comparison(report.comparison().get());
    }
    writer.endObject();
  }

  /** Writes what a report is about; null if that is not known. */
  private void scope(Scope scope) throws IOException {
    writer.name("scope");
    if (scope.equals(Scope.NONE)) {
      writer.nullValue();
      return;
    }
    writer.beginObject();
    VerificationJson.texts(writer, "inputs", scope.inputs());
    writer.name("host").value(scope.host().isEmpty() ? null : scope.host());
    VerificationJson.texts(writer, "trust", scope.trust());
    VerificationJson.texts(writer, "required", scope.required());
    writer.endObject();
  }

  private void policy(PolicyView policy) throws IOException {
    writer.beginObject();
    writer.name("architecture").value(policy.architecture().id());
    writer.name("proven").value(policy.proven());
    writer.name("layers").beginArray();
    for (PolicyView.Layer layer : policy.layers()) {
      writer.beginObject();
      writer.name("name").value(layer.name());
      writer.name("sha256").value(layer.sha256());
      writer.name("policy").value(layer.text());
      VerificationJson.texts(writer, "setup", layer.setup());
      filters(layer.filters(), policy.architecture());
      writer.name("phases").beginArray();
      for (PolicyView.Phase phase : layer.phases()) {
        phase(phase, policy.architecture());
      }
      writer.endArray();
      writer.endObject();
    }
    writer.endArray();
    writer.name("unexplained").value(policy.unexplained().isEmpty() ? null : policy.unexplained());
    writer.name("calls").beginArray();
    for (CallRow row : policy.calls()) {
      call(row);
    }
    writer.endArray();
    writer.name("restrictions").beginArray();
    for (ExplainedCall row : policy.restrictions()) {
      writer.beginObject();
      writer.name("what").value(row.call());
      writer.name("decision").value(row.decision());
      writer.name("when").value(row.when());
      writer.endObject();
    }
    writer.endArray();
    writer.endObject();
  }

  private void filters(List<Filter> filters, Target architecture) throws IOException {
    writer.name("filters").beginArray();
    for (Filter filter : filters) {
      writer.beginArray();
      for (String line : Disassembler.lines(filter, architecture)) {
        writer.value(line);
      }
      writer.endArray();
    }
    writer.endArray();
  }

  private void phase(PolicyView.Phase phase, Target architecture) throws IOException {
    writer.beginObject();
    writer.name("name").value(phase.name());
    writer.name("moment").value(phase.moment());
    VerificationJson.texts(writer, "setup", phase.setup());
    filters(phase.filters(), architecture);
    writer.name("calls").beginArray();
    for (CallRow row : phase.calls()) {
      call(row);
    }
    writer.endArray();
    writer.endObject();
  }

  private void call(CallRow row) throws IOException {
    writer.beginObject();
    writer.name("call").value(row.call());
    writer.name("group").value(row.group().isEmpty() ? null : row.group());
    writer.name("decision").value(row.decision());
    writer.name("allows").value(row.allows());
    writer.name("when").value(row.when());
    writer.name("because").value(row.because().isEmpty() ? null : row.because());
    writer.name("risk").value(row.risk().isEmpty() ? null : row.risk());
    writer.endObject();
  }

  private void program(ProgramView program, Map<String, Integer> policies) throws IOException {
    writer.beginObject();
    writer.name("file").value(program.origin().path());
    VerificationJson.texts(writer, "otherNames", program.origin().otherNames());
    writer.name("package").value(program.origin().owner().orElse(null));
    writer.name("layer").value(program.origin().layer().orElse(null));
    writer.name("sha256").value(program.sha256().isEmpty() ? null : program.sha256());
    writer.name("machine").value(program.machine().isEmpty() ? null : program.machine());
    writer.name("status").value(program.status().id());
    grade(program.grade());
    hardening(program);
    VerificationJson.texts(writer, "libraries", program.libraries());
    writer.name("policy").value(program.policy().map(one -> policies.get(one.key())).orElse(null));
    writer.name("findings").beginArray();
    for (Finding finding : program.findings()) {
      writer.beginObject();
      writer.name("rule").value(finding.rule().id());
      writer.name("level").value(finding.rule().level().id());
      writer.name("message").value(finding.message());
      VerificationJson.texts(writer, "details", finding.details());
      writer.name("accepted").value(finding.accepted().orElse(null));
      writer.endObject();
    }
    writer.endArray();
    writer.name("verification");
    if (program.verification().isPresent()) {
      writer.beginObject();
      VerificationJson.members(writer, program.verification().get());
      writer.endObject();
    } else {
      writer.nullValue();
    }
    writer.name("patches").beginArray();
    for (PatchView patch : program.patches()) {
      patch(patch);
    }
    writer.endArray();
    writer.endObject();
  }

  private void grade(Grade grade) throws IOException {
    writer.name("grade").beginObject();
    writer.name("letter").value(grade.letter());
    writer.name("reasons").beginArray();
    for (Grade.Reason reason : grade.reasons()) {
      writer.beginObject();
      writer.name("area").value(reason.area());
      writer.name("can").value(reason.room().id());
      writer.name("why").value(reason.why());
      writer.endObject();
    }
    writer.endArray().endObject();
  }

  private void hardening(ProgramView program) throws IOException {
    writer.name("hardening");
    if (program.hardening().isEmpty()) {
      writer.nullValue();
      return;
    }
    Hardening found = program.hardening().get();
    writer.beginObject();
    writer.name("relro").value(found.relro());
    writer.name("canary").value(found.canary().id());
    writer.name("nx").value(found.nx() ? "yes" : "no");
    writer.name("pie").value(found.pie());
    writer.name("fortify").value(found.fortify().id());
    writer.endObject();
  }

  private void patch(PatchView patch) throws IOException {
    writer.beginObject();
    writer.name("hook").value(patch.hook());
    writer.name("library").value(patch.library().orElse(null));
    writer.name("target").value(hex(patch.target()));
    writer.name("release").value(patch.release());
    writer.name("blobAddress").value(hex(patch.blobAddress()));
    writer.name("blobOffset").value(patch.blobOffset());
    writer.name("blobSize").value(patch.blobSize());
    writer.name("originalSize").value(patch.originalSize());
    writer.name("originalSha256").value(patch.originalSha256());
    writer.name("before");
    if (patch.before().isPresent()) {
      shape(patch.before().get(), part -> part.change() != FilePart.Change.SAME);
    } else {
      writer.nullValue();
    }
    writer.name("after");
    shape(patch.after(), part -> true);
    writer.endObject();
  }

  private void shape(FileShape shape, Predicate<FilePart> wanted) throws IOException {
    writer.beginObject();
    writer.name("size").value(shape.size());
    parts("segments", shape.segments(), wanted);
    parts("sections", shape.sections(), wanted);
    writer.endObject();
  }

  private void parts(String name, List<FilePart> parts, Predicate<FilePart> wanted)
      throws IOException {
    writer.name(name).beginArray();
    for (FilePart part : parts) {
      if (!wanted.test(part)) {
        continue;
      }
      writer.beginObject();
      writer.name("name").value(part.name());
      writer.name("offset").value(part.offset());
      writer.name("size").value(part.size());
      writer.name("address").value(hex(part.address()));
      writer.name("flags").value(part.flags());
      writer.name("change").value(part.change().text());
      writer.endObject();
    }
    writer.endArray();
  }

  private void comparison(ComparedReports comparison) throws IOException {
    writer.name("comparison").beginObject();
    writer.name("earlier").value(comparison.earlier());
    writer.name("changes").beginArray();
    for (ComparedReports.Change change : comparison.changes()) {
      writer.beginObject();
      writer.name("file").value(change.path());
      writer.name("kind").value(change.kind().text());
      writer.name("worse").value(change.worse());
      VerificationJson.texts(writer, "details", change.details());
      VerificationJson.texts(writer, "more", change.more());
      writer.endObject();
    }
    writer.endArray();
    writer.endObject();
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }
}

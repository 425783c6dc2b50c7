package dev.hardwire.report.write;

import com.google.gson.stream.JsonWriter;
import dev.hardwire.filter.prove.Confinement;
import dev.hardwire.report.model.AuditReport;
import dev.hardwire.report.model.Finding;
import dev.hardwire.report.model.Hardening;
import dev.hardwire.report.model.PatchView;
import dev.hardwire.report.model.PolicyView;
import dev.hardwire.report.model.ProgramView;
import dev.hardwire.text.TextWriter;
import dev.hardwire.text.VisibleText;
import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Reports as a bill of materials in CycloneDX 1.6 (ECMA-424): a component for each program, with
 * its policies as properties.
 */
public final class CycloneDxWriter {
  private final JsonWriter writer;
  private final Set<String> references = new HashSet<>();

  private CycloneDxWriter(JsonWriter writer) {
    this.writer = writer;
  }

  /** The document. */
  public static String of(AuditReport report) throws IOException {
    TextWriter text = new TextWriter();
    try (JsonWriter writer = new JsonWriter(text)) {
      writer.setIndent(" ");
      new CycloneDxWriter(writer).document(report);
    }
    return VisibleText.json(text.line());
  }

  private void document(AuditReport report) throws IOException {
    writer.beginObject();
    writer.name("bomFormat").value("CycloneDX");
    writer.name("specVersion").value("1.6");
    writer.name("version").value(1);
    writer.name("metadata").beginObject();
    if (report.date().isPresent()) {
      writer.name("timestamp").value(report.date().get().toString());
    }
    writer.name("tools").beginObject().name("components").beginArray().beginObject();
    writer.name("type").value("application");
    writer.name("name").value("Hardwire");
    writer.name("version").value(report.tool().substring(report.tool().indexOf(' ') + 1));
    writer.endObject().endArray().endObject().endObject();
    writer.name("components").beginArray();
    for (ProgramView program : report.programs()) {
      component(program);
    }
    writer.endArray().endObject();
  }

  private void component(ProgramView program) throws IOException {
    String path = program.origin().path();
    writer.beginObject();
    writer.name("type").value("application");
    writer.name("bom-ref").value(reference(path));
    writer.name("name").value(path);
    hash(program.sha256());
    if (!program.patches().isEmpty()) {
      PatchView first = program.patches().get(program.patches().size() - 1);
      writer.name("pedigree").beginObject().name("ancestors").beginArray().beginObject();
      writer.name("type").value("application");
      writer.name("name").value(path);
      hash(first.originalSha256());
      writer.endObject().endArray().endObject();
    }
    writer.name("properties").beginArray();
    property("status", program.status().id());
    property("package", program.origin().owner().orElse(""));
    property("layer", program.origin().layer().orElse(""));
    property("grade", program.grade().letter());
    property("proof", program.proof());
    for (String other : program.origin().otherNames()) {
      property("other-name", other);
    }
    for (PatchView patch : program.patches()) {
      property("release", patch.release());
    }
    if (program.policy().isPresent()) {
      policy(program.policy().get());
    }
    Optional<Confinement> all = program.confinement();
    if (all.isPresent()) {
      confinement(all.get());
    }
    if (program.hardening().isPresent()) {
      hardening(program.hardening().get());
    }
    for (String library : program.libraries()) {
      property("library", library);
    }
    property("signers", program.signers());
    for (Finding finding : program.findings()) {
      property("finding:" + finding.rule().id(), finding.line());
      property("accepted:" + finding.rule().id(), finding.accepted().orElse(""));
    }
    writer.endArray().endObject();
  }

  /** A reference that no other component has. */
  private String reference(String path) {
    String name = path;
    for (int i = 2; !references.add(name); i++) {
      name = path + "#" + i;
    }
    return name;
  }

  private void policy(PolicyView policy) throws IOException {
    property("policy:proven", String.valueOf(policy.proven()));
    for (PolicyView.Layer layer : policy.layers()) {
      property("policy:name", layer.name());
      property("policy:hook", layer.hook());
      property("policy:sha256", layer.sha256());
      property("policy:text", layer.text());
    }
  }

  private void confinement(Confinement all) throws IOException {
    int denied = all.denied().stream().mapToInt(Confinement.Denial::calls).sum();
    property("calls:allowed", String.valueOf(all.allowed()));
    property("calls:denied", String.valueOf(denied));
    property("calls:denied-for-some-arguments", String.valueOf(all.conditional()));
    property("calls:risky", String.join(" ", all.risky()));
    property("calls:risky-for-some-arguments", String.join(" ", all.riskyAtTimes()));
    for (String restriction : all.restrictions()) {
      property("restriction", restriction);
    }
  }

  private void hardening(Hardening found) throws IOException {
    property("hardening:relro", found.relro());
    property("hardening:canary", found.canary().id());
    property("hardening:nx", found.nx() ? "yes" : "no");
    property("hardening:pie", found.pie());
    property("hardening:fortify", found.fortify().id());
  }

  private void hash(String sha256) throws IOException {
    if (!sha256.isEmpty()) {
      writer.name("hashes").beginArray().beginObject();
      writer.name("alg").value("SHA-256");
      writer.name("content").value(sha256);
      writer.endObject().endArray();
    }
  }

  /** A property; none if there is no value. */
  private void property(String name, String value) throws IOException {
    if (!value.isEmpty()) {
      writer.beginObject();
      writer.name("name").value("hardwire:" + name);
      writer.name("value").value(value);
      writer.endObject();
    }
  }
}

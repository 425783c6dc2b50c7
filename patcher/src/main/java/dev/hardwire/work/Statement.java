package dev.hardwire.work;

import com.google.gson.stream.JsonWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.sign.Envelope;
import dev.hardwire.verify.result.PatchSummary;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes in-toto statements (version 1). Equal subjects give equal bytes. */
public final class Statement {
  private static final String PAYLOAD_TYPE = "application/vnd.in-toto+json";

  /** Where the project's pages lie in its package: a name that belongs to the project. */
  private static final String PAGES = "pkg:maven/dev.hardwire/hardwire#docs/";

  /** The predicate that {@code docs/predicate-v1.md} describes. */
  public static final String POLICY = PAGES + "predicate-v1.md";

  /** SLSA's predicate. */
  public static final String PROVENANCE = "https://slsa.dev/provenance/v1";

  /** The predicate of runs that in-toto has vetted. */
  public static final String RUNTIME_TRACE = "https://in-toto.io/attestation/runtime-trace/v0.1";

  /** What {@code docs/runtime-trace-v1.md} describes. */
  public static final String TRACED = PAGES + "runtime-trace-v1.md";

  /** The parameters that {@code docs/build-type-v1.md} describes. */
  static final String BUILD_TYPE = PAGES + "build-type-v1.md";

  private Statement() {}

  /** What the programs of a subject enforce. */
  public static byte[] policy(Attested subject) throws IOException {
    return statement(
        subject,
        POLICY,
        json -> {
          json.name("tool").value(ToolVersion.text());
          if (subject.kind() == Attested.Kind.PROGRAM) {
            patches(json, subject.programs().get(0).patches(), true);
          } else {
            programs(json, subject.programs());
            others(json, subject);
          }
        });
  }

  /**
   * How a subject was made: provenance of SLSA, version 1.
   *
   * @param builder identifies who ran the tool, and where: a URI
   */
  public static byte[] provenance(Attested subject, String builder) throws IOException {
    return statement(
        subject,
        PROVENANCE,
        json -> {
          json.name("buildDefinition").beginObject();
          json.name("buildType").value(BUILD_TYPE);
          json.name("externalParameters").beginObject();
          programs(json, subject.programs().stream().filter(Attested.Program::isNew).toList());
          json.endObject();
          json.name("resolvedDependencies").beginArray().beginObject();
          json.name("name").value(subject.kind() == Attested.Kind.IMAGE ? "image" : "program");
          digest(json, subject.original());
          json.endObject().endArray().endObject();
          json.name("runDetails").beginObject();
          json.name("builder").beginObject().name("id").value(builder);
          json.name("version").beginObject();
          json.name("hardwire").value(version()).endObject();
          json.endObject().endObject();
        });
  }

  /**
   * What a program did when it ran: the predicate "runtime trace" of in-toto.
   *
   * @param name of the program
   * @param sha256 its digest, in hexadecimal digits
   * @param predicate writes the members of the predicate
   */
  public static byte[] runtimeTrace(String name, String sha256, Predicate predicate)
      throws IOException {
    return statement(name, sha256, RUNTIME_TRACE, predicate);
  }

  /** The builder of which nothing is known but the tool: its package. */
  public static String unknownBuilder() {
    return "pkg:maven/dev.hardwire/hardwire@" + version();
  }

  private static String version() {
    String text = ToolVersion.text().substring("hardwire ".length());
    return text.startsWith("(") ? "unknown" : text;
  }

  /** Writes the members of a predicate. */
  public interface Predicate {
    /** Writes names and values into an object that is open. */
    void write(JsonWriter json) throws IOException;
  }

  private static byte[] statement(Attested subject, String type, Predicate predicate)
      throws IOException {
    return statement(subject.name(), subject.sha256(), type, predicate);
  }

  private static byte[] statement(String name, String sha256, String type, Predicate predicate)
      throws IOException {
    StringWriter text = new StringWriter();
    try (JsonWriter json = new JsonWriter(text)) {
      json.beginObject();
      json.name("_type").value("https://in-toto.io/Statement/v1");
      json.name("subject").beginArray().beginObject();
      json.name("name").value(name);
      digest(json, sha256);
      json.endObject().endArray();
      json.name("predicateType").value(type);
      json.name("predicate").beginObject();
      predicate.write(json);
      json.endObject().endObject();
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** The programs that are not hard-wired, and what containers start first. */
  private static void others(JsonWriter json, Attested subject) throws IOException {
    json.name("notHardWired").beginArray();
    for (Attested.Other other : subject.others()) {
      json.beginObject().name("path").value(other.path());
      digest(json, other.sha256());
      json.endObject();
    }
    json.endArray().name("entryPoints").beginArray();
    for (Attested.Start start : subject.starts()) {
      json.beginObject().name("platform").value(start.platform());
      if (start.path().isPresent()) {
        json.name("path").value(start.path().get());
      }
      json.name("hardWired").value(start.isHardWired()).endObject();
    }
    json.endArray();
  }

  /** The programs, and each of their policies once. */
  private static void programs(JsonWriter json, List<Attested.Program> programs)
      throws IOException {
    Map<String, String> policies = new TreeMap<>();
    json.name("programs").beginArray();
    for (Attested.Program program : programs) {
      json.beginObject().name("path").value(program.path());
      digest(json, program.sha256());
      patches(json, program.patches(), false);
      json.endObject();
      program.patches().forEach(patch -> policies.put(patch.policy().hex(), patch.policyText()));
    }
    json.endArray().name("policies").beginArray();
    for (Map.Entry<String, String> policy : policies.entrySet()) {
      json.beginObject();
      digest(json, policy.getKey());
      json.name("text").value(policy.getValue()).endObject();
    }
    json.endArray();
  }

  private static void patches(JsonWriter json, List<PatchSummary> patches, boolean withTexts)
      throws IOException {
    json.name("patches").beginArray();
    for (PatchSummary patch : patches) {
      json.beginObject();
      digests(json, "original", patch.original());
      json.name("hook").value(patch.hookText());
      json.name("proof").value(patch.proof().id());
      digests(json, "policy", patch.policy());
      Decisions.Summary decisions = Decisions.of(patch);
      json.name("policyName").value(decisions.name());
      digests(json, "decisions", decisions.sha256());
      if (withTexts) {
        json.name("policyText").value(patch.policyText());
      }
      json.endObject();
    }
    json.endArray();
  }

  private static void digests(JsonWriter json, String name, Bytes sha256) throws IOException {
    json.name(name).beginObject().name("sha256").value(sha256.hex()).endObject();
  }

  private static void digest(JsonWriter json, String sha256) throws IOException {
    json.name("digest").beginObject().name("sha256").value(sha256).endObject();
  }

  /** Signs a statement, and puts it into a DSSE envelope. */
  public static Bytes sign(FileSigner signer, byte[] statement) throws IOException {
    Envelope envelope = signer.envelope(PAYLOAD_TYPE, statement);
    StringWriter text = new StringWriter();
    try (JsonWriter json = new JsonWriter(text)) {
      json.setIndent("  ");
      json.beginObject();
      json.name("payloadType").value(PAYLOAD_TYPE);
      json.name("payload").value(Base64.getEncoder().encodeToString(statement));
      json.name("signatures").beginArray().beginObject();
      json.name("keyid").value(envelope.keyId());
      json.name("sig").value(base64(envelope.signature()));
      json.name("cert").value(base64(envelope.certificate()));
      json.endObject().endArray().endObject();
    }
    return Bytes.wrap((text + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private static String base64(Bytes bytes) {
    return Base64.getEncoder().encodeToString(bytes.toArray());
  }
}

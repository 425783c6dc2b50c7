package dev.hardwire.cli.sign;

import com.google.gson.stream.JsonWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.core.ToolVersion;
import dev.hardwire.sign.Envelope;
import dev.hardwire.verify.PatchSummary;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/** An attestation about a signed file: an in-toto Statement (version 1) in a DSSE envelope. */
public final class Attestation {
  static final String PAYLOAD_TYPE = "application/vnd.in-toto+json";

  /** Names the predicate; {@code docs/signing.md} describes it. */
  static final String PREDICATE_TYPE = "urn:uuid:6b1f0c52-7c0e-4c4b-9d0e-5e4a4a1d7c35";

  private Attestation() {}

  /**
   * The statement.
   *
   * @param sha256 digest of the finished file
   */
  public static byte[] statement(String name, Bytes sha256, List<PatchSummary> patches)
      throws IOException {
    StringWriter text = new StringWriter();
    try (JsonWriter json = new JsonWriter(text)) {
      json.beginObject();
      json.name("_type").value("https://in-toto.io/Statement/v1");
      json.name("subject").beginArray().beginObject();
      json.name("name").value(name);
      digest(json, "digest", sha256);
      json.endObject().endArray();
      json.name("predicateType").value(PREDICATE_TYPE);
      json.name("predicate").beginObject();
      json.name("tool").value(ToolVersion.text());
      json.name("patches").beginArray();
      for (PatchSummary patch : patches) {
        json.beginObject();
        digest(json, "original", patch.original());
        json.name("hook").value(patch.hook());
        digest(json, "policy", patch.policy());
        json.name("policyText").value(patch.policyText());
        json.endObject();
      }
      json.endArray().endObject().endObject();
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void digest(JsonWriter json, String name, Bytes sha256) throws IOException {
    json.name(name).beginObject().name("sha256").value(sha256.hex()).endObject();
  }

  /** The envelope around a payload. */
  public static Bytes envelope(byte[] payload, Envelope envelope) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonWriter json = new JsonWriter(text)) {
      json.setIndent("  ");
      json.beginObject();
      json.name("payloadType").value(PAYLOAD_TYPE);
      json.name("payload").value(Base64.getEncoder().encodeToString(payload));
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

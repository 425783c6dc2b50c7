package dev.hardwire.work.attest;

import com.google.gson.stream.JsonWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.sign.Envelope;
import dev.hardwire.work.FileSigner;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Puts signed statements into DSSE envelopes. */
public final class Envelopes {
  private static final String PAYLOAD_TYPE = "application/vnd.in-toto+json";

  private Envelopes() {}

  /** Signs a statement. */
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

package dev.hardwire.container;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.container.archive.CheckedBlob;
import dev.hardwire.container.archive.ContainerException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A manifest whose layers are attestations about another one, as cosign writes them: it has a tag
 * that is made from the other's digest. It also names the other one as its subject (OCI image
 * specification 1.1, manifest.md), so that a registry can list it.
 *
 * @param blobs documents by the names of their files
 * @param descriptor of the manifest, for the index
 */
record Attachment(Map<String, Bytes> blobs, JsonObject descriptor) {
  private static final String REFERENCE = "org.opencontainers.image.ref.name";
  private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  private static final String CONFIG = "application/vnd.oci.image.config.v1+json";
  private static final String ENVELOPE = "application/vnd.dsse.envelope.v1+json";

  /**
   * Attaches attestations.
   *
   * @param subject descriptor of the manifest that they are about
   */
  static Attachment of(JsonObject subject, List<Attester.Attestation> attestations)
      throws IOException {
    Map<String, Bytes> blobs = new TreeMap<>();
    JsonArray layers = new JsonArray();
    JsonArray diffIds = new JsonArray();
    for (Attester.Attestation attestation : attestations) {
      JsonObject layer = add(blobs, ENVELOPE, attestation.envelope().toArray());
      JsonObject annotations = new JsonObject();
      annotations.addProperty("dev.cosignproject.cosign/signature", "");
      annotations.addProperty("predicateType", attestation.predicateType());
      layer.add("annotations", annotations);
      layers.add(layer);
      diffIds.add(layer.get("digest"));
    }
    JsonObject rootfs = new JsonObject();
    rootfs.addProperty("type", "layers");
    rootfs.add("diff_ids", diffIds);
    JsonObject config = new JsonObject();
    config.addProperty("architecture", "");
    config.addProperty("os", "");
    config.add("config", new JsonObject());
    config.add("rootfs", rootfs);
    JsonObject named = new JsonObject();
    for (String member : List.of("mediaType", "digest", "size")) {
      named.add(member, subject.get(member));
    }
    JsonObject manifest = new JsonObject();
    manifest.addProperty("schemaVersion", 2);
    manifest.addProperty("mediaType", MANIFEST);
    manifest.add("config", add(blobs, CONFIG, Json.bytes(config)));
    manifest.add("layers", layers);
    manifest.add("subject", named);
    JsonObject descriptor = add(blobs, MANIFEST, Json.bytes(manifest));
    JsonObject reference = new JsonObject();
    reference.addProperty(REFERENCE, tag(subject.get("digest").getAsString()));
    descriptor.add("annotations", reference);
    return new Attachment(blobs, descriptor);
  }

  private static JsonObject add(Map<String, Bytes> blobs, String type, byte[] content) {
    Bytes bytes = Bytes.wrap(content);
    String digest = CheckedBlob.digest(content);
    JsonObject descriptor = new JsonObject();
    descriptor.addProperty("mediaType", type);
    descriptor.addProperty("digest", digest);
    descriptor.addProperty("size", content.length);
    blobs.put("blobs/" + digest.replace(':', '/'), bytes);
    return descriptor;
  }

  private static String tag(String digest) {
    return digest.replace(':', '-') + ".att";
  }

  /** The tag under which tools look for it. */
  String tag() {
    return descriptor.getAsJsonObject("annotations").get(REFERENCE).getAsString();
  }

  /**
   * Puts the descriptor into an index.
   *
   * @throws ContainerException if other attestations have the tag
   */
  void addTo(JsonArray manifests, String place) throws IOException {
    for (JsonElement element : manifests) {
      JsonObject other = element.getAsJsonObject();
      if (other.has("annotations")
          && other.get("annotations").isJsonObject()
          && descriptor
              .getAsJsonObject("annotations")
              .get(REFERENCE)
              .equals(other.getAsJsonObject("annotations").get(REFERENCE))) {
        ContainerException.require(
            other.get("digest").equals(descriptor.get("digest")),
            place,
            "%s already names other attestations; remove them first".formatted(tag()));
        return;
      }
    }
    manifests.add(descriptor);
  }
}
